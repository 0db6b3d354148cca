package dev.moorgate.dataplane.filter;

import dev.moorgate.dataplane.http.RequestHead;
import dev.moorgate.routetable.Filter;
import dev.moorgate.routetable.Filter.HeaderField;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** A compiled redirect; its Location follows Gateway API HTTPRequestRedirectFilter, the query is kept. */
record RedirectPlan(Filter.Redirect redirect, Optional<PathEdit> path) {

    static RedirectPlan of(Filter.Redirect redirect) {
        return new RedirectPlan(redirect, redirect.path().map(PathEdit::of));
    }

    Answer answer(RequestHead head, Entrance entrance) {
        return new Answer(redirect.status(), List.of(new HeaderField("location", location(head, entrance))), "");
    }

    String location(RequestHead head, Entrance entrance) {
        String scheme =
                redirect.scheme().map(text -> text.toLowerCase(Locale.ROOT)).orElse(entrance.scheme());
        String host = redirect.host().orElse(head.host());
        String before = head.path();
        String target = path.map(edit -> edit.apply(before)).orElse(before);
        String query = head.query();
        StringBuilder out = new StringBuilder(64);
        if (!host.isEmpty()) {
            out.append(scheme).append("://").append(host);
            int port = port(scheme, entrance);
            if (port != wellKnown(scheme)) {
                out.append(':').append(port);
            }
        }
        out.append(target.equals("*") ? "/" : target);
        if (query != null) {
            out.append('?').append(query);
        }
        return out.toString();
    }

    /** The given one, else the given scheme's well-known one, else the listener's. */
    private int port(String scheme, Entrance entrance) {
        boolean wellKnown = redirect.scheme().isPresent() && wellKnown(scheme) > 0;
        return redirect.port().orElse(wellKnown ? wellKnown(scheme) : entrance.publicPort());
    }

    private static int wellKnown(String scheme) {
        return switch (scheme) {
            case "http" -> 80;
            case "https" -> 443;
            default -> -1;
        };
    }
}
