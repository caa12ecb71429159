package io.millrace.tensor;

/** Ends its process while another thread loads libtorch, or works with it. Argument: after how many milliseconds. */
final class LeftWhileLoading {
    private LeftWhileLoading() {}

    public static void main(String[] arguments) throws InterruptedException {
        Thread loading = new Thread(() -> {
            NativeScope.ready();
            System.out.println("loaded");
            while (true) {
                try (NativeThread thread = new NativeThread(2)) {
                    thread.call(() ->
                            Libtorch.doubles(new float[4096], 64, 64).matmul(Libtorch.doubles(new float[64], 64, 1)));
                }
            }
        });
        loading.setDaemon(true);
        loading.start();
        Thread.sleep(Long.parseLong(arguments[0]));
        System.exit(0);
    }
}
