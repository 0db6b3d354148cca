package dev.moorgate.operator.crd;

import dev.moorgate.operator.crd.RouteFilterSpec.DirectResponse;
import dev.moorgate.operator.crd.RouteFilterSpec.FieldMatch;
import dev.moorgate.operator.crd.RouteFilterSpec.Match;
import dev.moorgate.operator.crd.RouteFilterSpec.MatchType;
import java.util.List;

/** What a RouteFilter's schema alone cannot say, as CEL and as Java (see {@link StickyRules}). */
final class FilterRules {
    static final String EMPTY_CEL =
            "has(self.matches) && size(self.matches) > 0 || has(self.directResponse) || has(self.urlRewrite)";
    static final String EMPTY = "needs matches, directResponse or urlRewrite: this filter does nothing";
    static final String BOTH_CEL = "!has(self.directResponse) || !has(self.urlRewrite)";
    static final String BOTH = "directResponse asks no backend, so urlRewrite would do nothing: keep one of them";
    static final String MATCH_CEL =
            "has(self.cookies) && size(self.cookies) > 0 || has(self.headers) && size(self.headers) > 0"
                    + " || has(self.queryParams) && size(self.queryParams) > 0 || has(self.methods) && size(self.methods) > 0";
    static final String MATCH = "needs cookies, headers, queryParams or methods: an empty match narrows nothing";
    static final String VALUE_CEL = "has(self.value) == (self.type != 'Present')";
    static final String VALUE = "Exact and RegularExpression need a value, and Present has none";
    static final String BODY_CEL = "!has(self.body) || !(self.statusCode in [204, 205, 304])";
    static final String BODY = "a response with status 204, 205 or 304 has no body: remove body";

    private FilterRules() {}

    static List<Violation> check(RouteFilterSpec spec) {
        Violation.Collector found = new Violation.Collector();
        DirectResponse response = spec.directResponse();
        found.unless(!spec.matches().isEmpty() || response != null || spec.urlRewrite() != null, "spec", EMPTY);
        found.unless(response == null || spec.urlRewrite() == null, "spec.urlRewrite", BOTH);
        if (response != null) {
            int status = response.statusCode();
            boolean bodiless = status == 204 || status == 205 || status == 304;
            found.unless(response.body() == null || !bodiless, "spec.directResponse.body", BODY);
        }
        for (int i = 0; i < spec.matches().size(); i++) {
            match(spec.matches().get(i), "spec.matches[" + i + "]", found);
        }
        return found.list();
    }

    private static void match(Match match, String field, Violation.Collector found) {
        boolean empty = match.cookies().isEmpty()
                && match.headers().isEmpty()
                && match.queryParams().isEmpty()
                && match.methods().isEmpty();
        found.unless(!empty, field, MATCH);
        fields(match.cookies(), field + ".cookies", found);
        fields(match.headers(), field + ".headers", found);
        fields(match.queryParams(), field + ".queryParams", found);
    }

    private static void fields(List<FieldMatch> matches, String field, Violation.Collector found) {
        for (int i = 0; i < matches.size(); i++) {
            FieldMatch match = matches.get(i);
            boolean fits = (match.value() != null) == (match.type() != MatchType.PRESENT);
            found.unless(fits, field + "[" + i + "].value", VALUE);
        }
    }
}
