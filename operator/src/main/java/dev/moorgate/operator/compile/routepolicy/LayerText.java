package dev.moorgate.operator.compile.routepolicy;

import dev.moorgate.operator.conditions.ReportBuilder.PolicyDraft;
import dev.moorgate.routetable.RoutePolicy.Clients;
import dev.moorgate.routetable.RoutePolicy.Compression;
import dev.moorgate.routetable.RoutePolicy.ErrorBody;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** A layer as a policy's status shows it: what it sets, with the defaults of what it leaves out. */
final class LayerText {
    private static final int MOST_NAMED = 8;

    private LayerText() {}

    static void show(Layer layer, PolicyDraft draft) {
        if (layer.isClosed()) {
            draft.effective("access", "closed: every request is answered with 500");
        }
        Layer.Times times = layer.times();
        time(draft, "request", times.request());
        time(draft, "perTry", times.perTry());
        time(draft, "connect", times.connect());
        time(draft, "responseHead", times.responseHead());
        time(draft, "bodyIdle", times.bodyIdle());
        time(draft, "streamIdle", times.streamIdle());
        layer.retry()
                .ifPresent(retry -> draft.effective(
                        "retry",
                        retry.attempts() + " on connection failures"
                                + (retry.statuses().isEmpty() ? "" : " and " + joined(retry.statuses()))
                                + retry.grpc()
                                        .map(calls -> " and " + joined(calls.statuses()))
                                        .orElse("")
                                + (retry.methods().isEmpty() ? "" : ", also " + joined(retry.methods()))
                                + ", backoff " + text(retry.backoff()) + " to " + text(retry.backoffLimit())
                                + ", budget " + retry.budget().percent() + "% and "
                                + retry.budget().floorPerSecond() + "/s"));
        layer.buffering()
                .ifPresent(buffering -> draft.effective(
                        "buffering",
                        "requests " + buffering.requests() + ", responses " + buffering.responses() + ", memory "
                                + buffering.memoryLimit() + ", disk " + buffering.diskLimit()));
        layer.bodyLimit().ifPresent(limit -> draft.effective("bodyLimit", limit == 0 ? "none" : String.valueOf(limit)));
        layer.compression().ifPresent(said -> draft.effective("compression", compression(said)));
        layer.clients().ifPresent(clients -> draft.effective("clients", clients(clients)));
        layer.rate()
                .ifPresent(rate -> draft.effective(
                        "rateLimit",
                        rate.requests() == 0
                                ? "none"
                                : rate.requests() + " in " + text(rate.period()) + ", burst " + rate.burst()
                                        + ", of each " + rate.key().name().toLowerCase(Locale.ROOT)
                                        + ", at each replica"));
        layer.basicAuth()
                .ifPresent(auth -> draft.effective(
                        "basicAuth",
                        auth.users().isEmpty()
                                ? "nobody is let in"
                                : auth.users().size() + " users"));
        layer.errorBodies()
                .ifPresent(bodies -> draft.effective(
                        "errorBodies",
                        joined(bodies.bodies().stream().map(ErrorBody::status).toList())));
        layer.headers().ifPresent(headers -> {
            headers.always().forEach(field -> draft.effective("header " + field.name(), field.value()));
            headers.secure()
                    .forEach(field -> draft.effective("header " + field.name(), field.value() + " (HTTPS only)"));
        });
        layer.cors().ifPresent(cors -> draft.effective("cors", joined(cors.allowOrigins())));
        layer.mirrors()
                .ifPresent(mirrors -> draft.effective(
                        "mirrors",
                        mirrors.stream()
                                .map(mirror -> mirror.numerator() + "% to " + mirror.upstream())
                                .collect(Collectors.joining(", "))));
        layer.fault()
                .ifPresent(fault -> draft.effective(
                        "fault",
                        fault.delayPercent() + "% wait " + text(fault.delay()) + ", " + fault.abortPercent() + "% get "
                                + fault.abortStatus()));
    }

    private static void time(PolicyDraft draft, String name, Optional<Duration> time) {
        time.ifPresent(value -> draft.effective("timeouts." + name, text(value)));
    }

    private static String clients(Clients clients) {
        String allow = clients.allow().isEmpty() ? "all" : few(clients.allow());
        return clients.deny().isEmpty() ? allow : allow + " but " + few(clients.deny());
    }

    private static String compression(Compression said) {
        if (said.algorithms().isEmpty()) {
            return "none";
        }
        List<String> algorithms =
                said.algorithms().stream().map(LayerText::capitalized).toList();
        return joined(algorithms) + ", level " + capitalized(said.level()) + ", from " + said.minSize() + " bytes, of "
                + few(said.contentTypes());
    }

    /** As users write it. */
    private static String capitalized(Enum<?> word) {
        return word.name().charAt(0) + word.name().substring(1).toLowerCase(Locale.ROOT);
    }

    private static String few(List<String> items) {
        String first = items.stream().limit(MOST_NAMED).collect(Collectors.joining(", "));
        return items.size() > MOST_NAMED ? first + " and " + (items.size() - MOST_NAMED) + " more" : first;
    }

    private static String joined(List<?> items) {
        return items.stream().map(String::valueOf).collect(Collectors.joining(", "));
    }

    private static String text(Duration duration) {
        return duration.isZero() ? "off" : duration.toString().substring(2).toLowerCase(Locale.ROOT);
    }
}
