package io.millrace.embedded;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;

/** Ports on the loopback interface. */
public final class Ports {
    private static final int MOST_TRIES = 100;

    private Ports() {}

    /** This port, or the next that is free. */
    public static int firstFree(int port) {
        for (int candidate = port; candidate < port + MOST_TRIES; candidate++) {
            try {
                return bind(candidate);
            } catch (IOException e) {
                // somebody else listens there
            }
        }
        return claim(0, "a server");
    }

    /**
     * The port itself if it is free, or any free one for 0.
     *
     * @throws EmbeddedServerException if somebody else listens there
     */
    public static int claim(int port, String server) {
        try {
            return bind(port);
        } catch (IOException | IllegalArgumentException e) {
            throw new EmbeddedServerException(
                    e instanceof BindException
                            ? "Port %d for %s is in use: stop the program that listens there, or choose another port."
                                    .formatted(port, server)
                            : "Port %d for %s cannot be used (%s): choose another."
                                    .formatted(port, server, e.getMessage()),
                    e);
        }
    }

    private static int bind(int port) throws IOException {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), port));
            return socket.getLocalPort();
        }
    }
}
