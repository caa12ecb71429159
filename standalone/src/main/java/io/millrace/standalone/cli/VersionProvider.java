package io.millrace.standalone.cli;

import picocli.CommandLine.IVersionProvider;

/** The version of this build, from its jar. */
final class VersionProvider implements IVersionProvider {
    @Override
    public String[] getVersion() {
        String version = VersionProvider.class.getPackage().getImplementationVersion();
        return new String[] {"millrace " + (version == null ? "(unpackaged)" : version)};
    }
}
