package io.millrace.worker.run;

import io.millrace.artifacts.Sha256;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URL;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassWriter;

/**
 * The version of a stage's algorithms: a digest of the content of the code that computes, so that no release serves the
 * results of older code. It covers the stage and every class that can be reached from it, in its module and in the
 * computing libraries, and the versions of the native runtimes they call. Line numbers and whatever else only debuggers
 * read is left out: a comment changes nothing. The same code has the same version in every application it is part of.
 */
final class StageVersion {
    private static final String OURS = "io/millrace/";

    /** What carries tasks and files but computes nothing. */
    private static final Set<String> PLATFORM =
            Set.of("io/millrace/contracts/", "io/millrace/artifacts/", "io/millrace/worker/");

    /** Of what carries tasks, the part that decides what is computed: defaults of parameters. */
    private static final String PARAMETERS = "io/millrace/contracts/method/";

    /** Packages of the native runtimes; their version is that of their jar. */
    private static final Set<String> RUNTIMES = Set.of("ai/onnxruntime/", "org/bytedeco/");

    private static final Pattern JAR = Pattern.compile("([^/]+)\\.jar!");
    private static final Pattern TYPE = Pattern.compile("L([^;<]+)[;<]");
    private static final int LENGTH = 16;

    /** Kinds of constants (Java Virtual Machine Specification 4.4). */
    private static final int CLASS = 7;

    private static final int NAME_AND_TYPE = 12;
    private static final int METHOD_TYPE = 16;

    private StageVersion() {}

    /** The version of a stage. */
    static String of(Class<?> stage) {
        return of(stage.getName().replace('.', '/'), stage.getClassLoader());
    }

    /** @param root of the stage, with slashes */
    static String of(String root, ClassLoader loader) {
        TreeMap<String, String> digests = new TreeMap<>();
        TreeSet<String> runtimes = new TreeSet<>();
        Deque<String> open = new ArrayDeque<>();
        Set<String> seen = new HashSet<>(Set.of(root));
        open.add(root);
        while (!open.isEmpty()) {
            String name = open.remove();
            byte[] content = withoutDebugging(bytes(name, loader));
            digests.put(name, Sha256.of(content));
            for (String reference : references(content)) {
                if (RUNTIMES.stream().anyMatch(reference::startsWith)) {
                    jar(reference, loader, runtimes);
                } else if (computes(reference, root) && seen.add(reference)) {
                    open.add(reference);
                }
            }
        }
        return Sha256.of(digests + "\n" + runtimes).substring(0, LENGTH);
    }

    private static boolean computes(String name, String root) {
        String ownPackage = root.substring(0, root.lastIndexOf('/') + 1);
        return name.startsWith(ownPackage)
                || name.startsWith(PARAMETERS)
                || name.startsWith(OURS) && PLATFORM.stream().noneMatch(name::startsWith);
    }

    private static byte[] bytes(String name, ClassLoader loader) {
        try (InputStream in = loader.getResourceAsStream(name + ".class")) {
            if (in == null) {
                // A type that is named but not shipped, such as an annotation of the build.
                return null;
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException("The class " + name + " cannot be read", e);
        }
    }

    private static byte[] withoutDebugging(byte[] bytes) {
        if (bytes == null) {
            return new byte[0];
        }
        ClassWriter writer = new ClassWriter(0);
        new ClassReader(bytes).accept(writer, ClassReader.SKIP_DEBUG);
        return writer.toByteArray();
    }

    /** Names of classes in the constant pool, those inside of descriptors and signatures as well. */
    private static Set<String> references(byte[] content) {
        if (content.length == 0) {
            return Set.of();
        }
        Set<String> names = new TreeSet<>();
        ClassReader reader = new ClassReader(content);
        char[] buffer = new char[reader.getMaxStringLength()];
        for (int i = 1; i < reader.getItemCount(); i++) {
            int at = reader.getItem(i);
            int tag = at == 0 ? 0 : reader.readByte(at - 1);
            if (tag == CLASS) {
                String name = reader.readUTF8(at, buffer);
                names.addAll(name.startsWith("[") ? types(name) : Set.of(name));
            } else if (tag == NAME_AND_TYPE) {
                names.addAll(types(reader.readUTF8(at + 2, buffer)));
            } else if (tag == METHOD_TYPE) {
                names.addAll(types(reader.readUTF8(at, buffer)));
            }
        }
        return names;
    }

    private static Set<String> types(String descriptor) {
        return TYPE.matcher(descriptor).results().map(type -> type.group(1)).collect(Collectors.toSet());
    }

    private static void jar(String name, ClassLoader loader, Set<String> runtimes) {
        URL resource = loader.getResource(name + ".class");
        Matcher jar = JAR.matcher(resource == null ? "" : resource.toString());
        if (jar.find()) {
            // A packaged application puts the group before the name.
            runtimes.add(jar.group(1).replaceFirst("^(com\\.microsoft\\.onnxruntime|org\\.bytedeco)\\.", ""));
        }
    }
}
