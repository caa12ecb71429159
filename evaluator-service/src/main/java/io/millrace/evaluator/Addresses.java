package io.millrace.evaluator;

import io.millrace.contracts.Artifact;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** Lets messages name what users know, the address of a model or data set, instead of its local copy. */
final class Addresses {
    private final Map<Path, String> addresses = new LinkedHashMap<>();

    void put(Path local, Artifact artifact) {
        addresses.put(local, artifact.uri());
    }

    /** The message with addresses for paths; also for a path's last name, where the message begins with it. */
    String in(String message) {
        String shown = message;
        for (Map.Entry<Path, String> entry : addresses.entrySet()) {
            String local = entry.getKey().toString();
            String address = entry.getValue();
            String name = entry.getKey().getFileName() + ":";
            if (shown.startsWith(name)) {
                shown = address + shown.substring(name.length() - 1);
            } else {
                shown = shown.replace(address.endsWith("/") ? local + "/" : local, address)
                        .replace(local, address);
            }
        }
        return shown;
    }
}
