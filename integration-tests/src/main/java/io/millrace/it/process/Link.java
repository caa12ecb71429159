package io.millrace.it.process;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A way over TCP to a server, that can be cut: connections stay open and nothing passes, as when a cable is pulled. When
 * it is mended, what was open is reset.
 */
public final class Link implements AutoCloseable {
    private final int target;
    private final ServerSocket listener;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final Object gate = new Object();
    private boolean cut;

    private Link(int target, ServerSocket listener) {
        this.target = target;
        this.listener = listener;
    }

    /** Opens a way to a port of this machine. */
    public static Link to(int target) throws IOException {
        Link link = new Link(target, new ServerSocket(0, 50, InetAddress.getLoopbackAddress()));
        daemon(link::accept, "link-to-" + target);
        return link;
    }

    /** Where clients connect. */
    public int port() {
        return listener.getLocalPort();
    }

    public void cut() {
        synchronized (gate) {
            cut = true;
        }
    }

    public void mend() {
        open.forEach(Link::closeQuietly);
        synchronized (gate) {
            cut = false;
            gate.notifyAll();
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        mend();
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket client = listener.accept();
                open.add(client);
                daemon(() -> connect(client), "link");
            } catch (IOException e) {
                // Closed, or the client has gone: the loop's condition tells.
            }
        }
    }

    private void connect(Socket client) {
        try {
            await();
            Socket server = new Socket();
            open.add(server);
            server.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), target), 5_000);
            client.setTcpNoDelay(true);
            server.setTcpNoDelay(true);
            daemon(() -> pump(server, client), "link-back");
            pump(client, server);
        } catch (IOException e) {
            end(client);
        }
    }

    private void pump(Socket from, Socket to) {
        byte[] buffer = new byte[1 << 16];
        try {
            for (int read = from.getInputStream().read(buffer);
                    read >= 0;
                    read = from.getInputStream().read(buffer)) {
                await();
                to.getOutputStream().write(buffer, 0, read);
            }
        } catch (IOException e) {
            // Either side has gone: so does the other.
        } finally {
            end(from);
            end(to);
        }
    }

    private void await() throws IOException {
        synchronized (gate) {
            while (cut) {
                try {
                    gate.wait();
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
            }
        }
    }

    private void end(Socket socket) {
        open.remove(socket);
        closeQuietly(socket);
    }

    private static void closeQuietly(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            // It is gone in any case.
        }
    }

    private static void daemon(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        thread.start();
    }
}
