package dev.moorgate.dataplane.filter;

import dev.moorgate.dataplane.http.RequestHead;
import dev.moorgate.routetable.Filter;
import dev.moorgate.routetable.Filter.HeaderField;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The filters of a route that answer by themselves, in order: redirect, direct response, and CORS for preflights. Immutable,
 * shared by all event loops.
 */
public final class RouteAnswers {
    private static final RouteAnswers NONE = new RouteAnswers(List.of());

    private final List<Object> answers;

    private RouteAnswers(List<Object> answers) {
        this.answers = answers;
    }

    /**
     * Compiles a route's filters; those that do not answer are not looked at.
     *
     * @throws IllegalArgumentException for a regular expression that RE2 refuses
     */
    public static RouteAnswers of(List<Filter> filters) {
        List<Object> answers = filters.stream()
                .<Object>mapMulti((filter, add) -> {
                    switch (filter) {
                        case Filter.Redirect redirect -> add.accept(RedirectPlan.of(redirect));
                        case Filter.DirectResponse direct -> add.accept(answer(direct));
                        case Filter.Cors cors -> add.accept(CorsPolicy.of(cors));
                        case Filter.RequestHeaders other -> {}
                        case Filter.ResponseHeaders other -> {}
                        case Filter.UrlRewrite other -> {}
                        case Filter.Mirror other -> {}
                    }
                })
                .toList();
        return answers.isEmpty() ? NONE : new RouteAnswers(answers);
    }

    private static Answer answer(Filter.DirectResponse direct) {
        boolean typed = !direct.contentType().isEmpty();
        return new Answer(
                direct.status(),
                typed ? List.of(new HeaderField("content-type", direct.contentType())) : List.of(),
                direct.body());
    }

    /** Whether every request is answered here, so that the route needs no upstream. */
    public boolean isFinal() {
        return answers.stream().anyMatch(answer -> !(answer instanceof CorsPolicy));
    }

    /** Whether a CORS filter answers this preflight. */
    public boolean answersPreflight(RequestHead head) {
        return CorsPolicy.isPreflight(head) && answers.stream().anyMatch(CorsPolicy.class::isInstance);
    }

    /** The answer to this request; null: it goes on to an upstream. */
    public @Nullable Answer answer(RequestHead head, Entrance entrance) {
        for (int i = 0; i < answers.size(); i++) {
            Answer answer = switch (answers.get(i)) {
                case Answer fixed -> fixed;
                case RedirectPlan redirect -> redirect.answer(head, entrance);
                case CorsPolicy cors -> cors.preflight(head);
                default -> null;
            };
            if (answer != null) {
                return answer;
            }
        }
        return null;
    }
}
