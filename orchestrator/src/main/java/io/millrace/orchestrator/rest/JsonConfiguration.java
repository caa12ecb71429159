package io.millrace.orchestrator.rest;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.contracts.Json;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;

/** REST writes records as everything else does. */
class JsonConfiguration {

    @Produces
    @Singleton
    ObjectMapper mapper() {
        return Json.mapper();
    }
}
