package io.millrace.standalone.launcher;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

/** A way to a server that counts what passes, and can be told to break, or to let nothing pass, after so many bytes. */
final class Way implements AutoCloseable {
    private final int target;
    private final ServerSocket entrance;
    private final List<Closeable> open = new CopyOnWriteArrayList<>();
    private final Lane toServer = new Lane();
    private final Lane toClient = new Lane();

    /** One direction of all connections together. */
    static final class Lane {
        private final AtomicLong passed = new AtomicLong();
        private long breaksAt = Long.MAX_VALUE;
        private long stallsAt = Long.MAX_VALUE;

        long passed() {
            return passed.get();
        }

        /** Breaks the connection, once, when so many more bytes have passed. */
        synchronized void breakAfter(long bytes) {
            breaksAt = passed() + bytes;
        }

        /** Lets no more than so many bytes pass until it is freed. */
        synchronized void stallAfter(long bytes) {
            stallsAt = passed() + bytes;
        }

        synchronized void free() {
            stallsAt = Long.MAX_VALUE;
            breaksAt = Long.MAX_VALUE;
            notifyAll();
        }

        synchronized boolean stalls() {
            return passed() >= stallsAt;
        }

        /** @throws IOException if the way breaks here */
        private synchronized void pass(int bytes) throws IOException, InterruptedException {
            passed.addAndGet(bytes);
            if (passed() >= breaksAt) {
                breaksAt = Long.MAX_VALUE;
                throw new IOException("broken");
            }
            while (passed() >= stallsAt) {
                wait();
            }
        }
    }

    private Way(int target) throws IOException {
        this.target = target;
        this.entrance = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        daemon(this::accept);
    }

    /** A way to this port, through a port of its own. */
    static Way to(int port) throws IOException {
        return new Way(port);
    }

    int port() {
        return entrance.getLocalPort();
    }

    Lane toServer() {
        return toServer;
    }

    Lane toClient() {
        return toClient;
    }

    @Override
    public void close() throws IOException {
        entrance.close();
        for (Closeable each : open) {
            each.close();
        }
        toServer.free();
        toClient.free();
    }

    private void accept() {
        while (!entrance.isClosed()) {
            try {
                Socket client = entrance.accept();
                Socket server = new Socket(InetAddress.getLoopbackAddress(), target);
                open.add(client);
                open.add(server);
                daemon(() -> copy(client, server, toServer));
                daemon(() -> copy(server, client, toClient));
            } catch (IOException e) {
                // closed, or nobody there: the client notices
            }
        }
    }

    private static void copy(Socket from, Socket to, Lane lane) {
        byte[] buffer = new byte[8192];
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                out.write(buffer, 0, read);
                out.flush();
                lane.pass(read);
            }
        } catch (IOException e) {
            // broken: both ends notice
        } catch (InterruptedException e) {
            throw new UncheckedIOException(new IOException(e));
        }
    }

    private static void daemon(Runnable work) {
        Thread thread = new Thread(work, "way");
        thread.setDaemon(true);
        thread.start();
    }
}
