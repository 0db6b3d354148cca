package dev.moorgate.operator.status;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.moorgate.operator.compile.Compilation;
import dev.moorgate.operator.conditions.ConditionType;
import dev.moorgate.operator.conditions.Finding;
import dev.moorgate.operator.conditions.ObjectRef;
import dev.moorgate.operator.conditions.Reason;
import dev.moorgate.routetable.RouteTable;
import java.util.List;
import java.util.stream.Collectors;

/** The status of the release's DataPlane: what became of its spec, what is compiled, and who runs it. */
final class DataPlaneStatuses {
    private DataPlaneStatuses() {}

    static ObjectNode status(ObjectRef object, Compilation compilation, Progress progress) {
        Progress.Spread spread = progress.spread();
        RouteTable table = compilation.table();
        ObjectNode status = JsonNodeFactory.instance.objectNode();
        status.put("observedGeneration", object.generation());
        status.put("tableVersion", spread.digest());
        status.put("ackedReplicas", spread.acked());
        status.put("replicas", spread.ready());
        status.put("listeners", table.listeners().size());
        status.put("routes", compilation.routes());
        status.put("upstreams", table.upstreams().size());
        status.put(
                "endpoints",
                compilation.endpoints().upstreams().stream()
                        .mapToInt(upstream -> upstream.endpoints().size())
                        .sum());
        ArrayNode conditions = status.putArray("conditions");
        conditions.add(accepted(object, compilation));
        conditions.add(new RolloutConditions(progress).propagated(object.generation()));
        return status;
    }

    private static ObjectNode accepted(ObjectRef object, Compilation compilation) {
        List<Finding> errors = compilation.report().errors().stream()
                .filter(error -> error.object().source().equals(object.source()))
                .toList();
        ObjectNode condition = JsonNodeFactory.instance.objectNode();
        condition.put("type", ConditionType.ACCEPTED.word());
        condition.put("status", errors.isEmpty() ? "True" : "False");
        condition.put("reason", (errors.isEmpty() ? Reason.ACCEPTED : Reason.INVALID).word());
        condition.put(
                "message",
                errors.stream()
                        .map(error -> error.field() + ": " + error.message())
                        .collect(Collectors.joining("; ")));
        condition.put("observedGeneration", object.generation());
        return condition;
    }
}
