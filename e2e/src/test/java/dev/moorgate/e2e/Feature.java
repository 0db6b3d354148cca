package dev.moorgate.e2e;

import java.util.List;

/**
 * Something that users are promised, and how it is shown.
 *
 * @param sentence what holds when the steps pass
 * @param manifests files of {@code manifests/}, applied to a namespace of the feature's own before the steps
 * @param waits waits for minutes and does little: plays beside the features that come after it and disturb nobody
 */
record Feature(String name, String sentence, List<String> manifests, Steps steps, boolean waits) {
    /** What a person would do, and look for. */
    @FunctionalInterface
    interface Steps {
        void run(Scene scene) throws Exception;
    }

    Feature(String name, String sentence, List<String> manifests, Steps steps) {
        this(name, sentence, manifests, steps, false);
    }

    Feature {
        manifests = List.copyOf(manifests);
    }
}
