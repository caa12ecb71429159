package io.millrace.compression;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.Json;
import io.millrace.inference.time.OperationTime;
import io.millrace.inference.time.TimeStore;
import io.millrace.worker.Workbench;
import java.util.Optional;

/** Times of steps that all workers and all jobs share. */
record SharedTimes(Workbench bench) implements TimeStore {
    @Override
    public Optional<OperationTime> find(String name) {
        return bench.remembered(address(name)).map(known -> Json.mapper().convertValue(known, OperationTime.class));
    }

    @Override
    public void keep(String name, OperationTime time) {
        bench.remember(address(name), Json.mapper().<ObjectNode>valueToTree(time));
    }

    private static String address(String name) {
        return "times/" + name;
    }
}
