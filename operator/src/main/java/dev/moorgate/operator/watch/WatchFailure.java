package dev.moorgate.operator.watch;

import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Why the API server did not answer, in one line without a stack. */
final class WatchFailure {
    private WatchFailure() {}

    static String sentence(Throwable failure) {
        KubernetesClientException answer = answer(failure);
        if (answer != null && answer.getCode() > 0) {
            return "the API server answers " + answer.getCode() + " ("
                    + Objects.requireNonNullElse(
                            answer.getStatus() == null
                                    ? null
                                    : answer.getStatus().getReason(),
                            "no reason")
                    + ")";
        }
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return "the API server cannot be reached (" + root.getClass().getSimpleName() + ": " + root.getMessage() + ")";
    }

    /** Not ours to read, or not there. */
    static boolean isRefusal(Throwable failure) {
        KubernetesClientException answer = answer(failure);
        return answer != null && (answer.getCode() == 403 || answer.getCode() == 404);
    }

    private static @Nullable KubernetesClientException answer(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof KubernetesClientException answer) {
                return answer;
            }
        }
        return null;
    }
}
