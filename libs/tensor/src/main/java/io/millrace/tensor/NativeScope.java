package io.millrace.tensor;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.global.torch;

/**
 * A stretch of native work: what is allocated in it is freed at its end. The library is loaded and made ready by one
 * thread before any other may use it, and the JVM does not end, which would tear the library down, while a stretch is
 * running. Entering does not answer to interrupts, so nothing is left half done.
 */
final class NativeScope implements AutoCloseable {
    private static final ReentrantReadWriteLock IN_USE = new ReentrantReadWriteLock();
    private static final long LONGEST_STEP_SECONDS = 20;

    static {
        // JavaCPP's own limit counts the memory of the whole process, and would end a run that is well.
        System.getProperties().putIfAbsent("org.bytedeco.javacpp.maxPhysicalBytes", "0");
        IN_USE.readLock().lock();
        try {
            // First, as loading the library takes seconds and must not meet its end either.
            Runtime.getRuntime().addShutdownHook(new Thread(NativeScope::refuseMore, "libtorch-shutdown"));
            makeReady();
        } finally {
            IN_USE.readLock().unlock();
        }
    }

    private final PointerScope pointers;

    private NativeScope() {
        IN_USE.readLock().lock();
        pointers = new PointerScope();
    }

    /** Makes sure that the library may be used. */
    static void ready() {
        // Initialising this class does it.
    }

    static NativeScope open() {
        return new NativeScope();
    }

    /** The first use of tensors, of autograd and of its engine. */
    private static void makeReady() {
        try (PointerScope scope = new PointerScope()) {
            torch.getAccelerator(false);
            var one = torch.ones(1);
            one.set_requires_grad(true);
            one.square().sum().backward();
        }
    }

    /** Waits for what is running and lets nothing begin any more. */
    private static void refuseMore() {
        try {
            IN_USE.writeLock().tryLock(LONGEST_STEP_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        try {
            pointers.close();
        } finally {
            IN_USE.readLock().unlock();
        }
    }
}
