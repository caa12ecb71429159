package io.millrace.contracts;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ReleaseTest {
    @Test
    void theBuildHasWrittenDownWhatItBuilt() {
        assertThat(Release.text()).matches("\\d+\\.\\d+\\.\\d+(-[\\w.]+)?( \\([0-9a-f]{7,40}\\))?");
    }
}
