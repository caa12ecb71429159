package io.millrace.it.compose;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * The one place that stands for a network of containers: each service has a loopback address of its own, on which it may
 * listen at the ports it wants. Java programs find the others by name through a hosts file; for other programs the names
 * in what they are given are replaced.
 */
final class ContainerNetwork {
    private final Map<String, String> addresses = new LinkedHashMap<>();
    private final Path hostsFile;

    ContainerNetwork(List<String> names, Path folder) throws IOException {
        // Several runs on one machine do not meet.
        Random random = new Random();
        String net = "127." + (1 + random.nextInt(254)) + "." + (1 + random.nextInt(254)) + ".";
        names.forEach(name -> addresses.put(name, net + (addresses.size() + 2)));
        hostsFile = Files.createDirectories(folder).resolve("hosts");
        StringBuilder hosts = new StringBuilder("127.0.0.1 localhost\n");
        hosts.append("127.0.0.1 ")
                .append(InetAddress.getLocalHost().getHostName())
                .append('\n');
        addresses.forEach((name, address) ->
                hosts.append(address).append(' ').append(name).append('\n'));
        Files.writeString(hostsFile, hosts);
    }

    String address(String service) {
        return addresses.get(service);
    }

    /** For Java programs. */
    String hostsOption() {
        return "-Djdk.net.hosts.file=" + hostsFile.toAbsolutePath();
    }

    /** A value in which names of services stand as addresses. */
    String resolved(String value) {
        String resolved = value;
        for (Map.Entry<String, String> entry : addresses.entrySet()) {
            resolved = resolved.replace("//" + entry.getKey() + ":", "//" + entry.getValue() + ":");
        }
        return resolved;
    }
}
