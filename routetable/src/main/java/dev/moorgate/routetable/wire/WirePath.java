package dev.moorgate.routetable.wire;

import java.util.ArrayList;
import java.util.List;

/** Where a reader stands in a document; made into text only when something is refused. One thread. */
final class WirePath {
    private final List<Object> steps = new ArrayList<>();

    void enter(String field) {
        steps.add(field);
    }

    void enter(int index) {
        steps.add(index);
    }

    void leave() {
        steps.removeLast();
    }

    @Override
    public String toString() {
        var text = new StringBuilder();
        for (Object step : steps) {
            if (step instanceof Integer index) {
                text.append('[').append(index.intValue()).append(']');
            } else {
                text.append(text.isEmpty() ? "" : ".").append(step);
            }
        }
        return text.toString();
    }
}
