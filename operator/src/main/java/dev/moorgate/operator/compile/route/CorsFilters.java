package dev.moorgate.operator.compile.route;

import dev.moorgate.operator.compile.Field;
import dev.moorgate.operator.compile.Mistakes;
import dev.moorgate.operator.compile.Tokens;
import dev.moorgate.operator.conditions.Reason;
import dev.moorgate.routetable.Filter;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPCORSFilter;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** HTTPCORSFilter to Cors (GEP-1767). */
final class CorsFilters {
    private static final Pattern ORIGIN =
            Pattern.compile("https?://(\\*|(\\*\\.)?[A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?)(:[0-9]{1,5})?");
    private static final int MAX_AGE = 5;

    private CorsFilters() {}

    static Filter compile(HTTPCORSFilter cors, Field at, Mistakes mistakes) {
        List<String> origins = list(cors.getAllowOrigins());
        for (int i = 0; i < origins.size(); i++) {
            if (!origins.get(i).equals("*") && !ORIGIN.matcher(origins.get(i)).matches()) {
                mistakes.add(
                        Reason.UNSUPPORTED_VALUE,
                        at.of("allowOrigins", i),
                        "\"" + Tokens.shown(origins.get(i))
                                + "\" is no origin: write https://host, https://*.host or *");
            }
        }
        int maxAge = Objects.requireNonNullElse(cors.getMaxAge(), MAX_AGE);
        if (maxAge < 0) {
            mistakes.add(Reason.UNSUPPORTED_VALUE, at.of("maxAge"), maxAge + " is negative: write seconds");
            maxAge = MAX_AGE;
        }
        alone(origins, at.of("allowOrigins"), mistakes);
        return new Filter.Cors(
                origins,
                Boolean.TRUE.equals(cors.getAllowCredentials()),
                tokens(cors.getAllowMethods(), at, "allowMethods", mistakes),
                tokens(cors.getAllowHeaders(), at, "allowHeaders", mistakes),
                tokens(cors.getExposeHeaders(), at, "exposeHeaders", mistakes),
                Duration.ofSeconds(maxAge == 0 ? MAX_AGE : maxAge));
    }

    private static List<String> tokens(@Nullable List<String> texts, Field filter, String list, Mistakes mistakes) {
        List<String> tokens = list(texts);
        for (int i = 0; i < tokens.size(); i++) {
            if (!Tokens.isToken(tokens.get(i))) {
                mistakes.add(
                        Reason.UNSUPPORTED_VALUE,
                        filter.of(list, i),
                        "\"" + Tokens.shown(tokens.get(i)) + "\" is no name of a header or method, and not *");
            }
        }
        alone(tokens, filter.of(list), mistakes);
        return tokens;
    }

    private static void alone(List<String> texts, Field at, Mistakes mistakes) {
        if (texts.size() > 1 && texts.contains("*")) {
            mistakes.add(Reason.UNSUPPORTED_VALUE, at, "has * beside others: write it alone, or not at all");
        }
    }

    private static List<String> list(@Nullable List<String> texts) {
        return Objects.requireNonNullElse(texts, List.<String>of()).stream()
                .map(text -> Objects.requireNonNullElse(text, ""))
                .toList();
    }
}
