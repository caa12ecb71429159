package io.millrace.embedded;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;

/** Ports on the loopback interface. */
final class Ports {
    private Ports() {}

    /**
     * The port itself if it is free, or any free one for 0.
     *
     * @throws EmbeddedServerException if somebody else listens there
     */
    static int claim(int port, String server) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), port));
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new EmbeddedServerException(
                    "Port %d for the embedded %s is in use: stop the program that listens there, or choose another port."
                            .formatted(port, server),
                    e);
        }
    }
}
