package io.millrace.standalone.cli;

import io.millrace.contracts.Release;
import picocli.CommandLine.IVersionProvider;

/** The release that the build wrote down. */
final class VersionProvider implements IVersionProvider {
    @Override
    public String[] getVersion() {
        return new String[] {"millrace " + Release.text()};
    }
}
