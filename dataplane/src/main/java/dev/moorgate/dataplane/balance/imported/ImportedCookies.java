package dev.moorgate.dataplane.balance.imported;

import dev.moorgate.dataplane.http.CookieScan;
import dev.moorgate.dataplane.http.RequestHead;
import dev.moorgate.routetable.StickySession.Form;
import dev.moorgate.routetable.StickySession.ImportedCookie;
import dev.moorgate.routetable.StickySession.OldBackend;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Finds cookies of other balancers in requests. What clients send is never an error. Immutable; any thread. */
public final class ImportedCookies {
    /** Values of ingress-nginx have some 70 characters; what is longer is somebody else's. */
    private static final int LONGEST = 256;

    private final List<ImportedCookie> cookies;

    public ImportedCookies(List<ImportedCookie> cookies) {
        this.cookies = List.copyOf(cookies);
    }

    /**
     * What a cookie says.
     *
     * @param key which client or endpoint it is
     * @param backend as the other balancer calls the backend that it is for, in its own way; empty: it does not say
     */
    public record OldCookie(ImportedCookie rule, String key, String backend) {
        /** Whether it may be of this upstream. */
        public boolean isFor(String upstream) {
            return backend.isEmpty() || names(upstream).stream().anyMatch(this::isCalled);
        }

        private boolean isCalled(String name) {
            return NginxNames.backendKey(name).equals(backend);
        }

        /** What the other balancer called an upstream. */
        public List<String> names(String upstream) {
            return rule.backends().stream()
                    .filter(old -> old.upstream().equals(upstream))
                    .map(OldBackend::name)
                    .toList();
        }

        /** Whether the value names an endpoint, and does not only tell clients apart. */
        public boolean namesEndpoint() {
            return rule.form() == Form.INGRESS_NGINX;
        }
    }

    /** The first cookie that is there, by the order of the rules; null: none. */
    public @Nullable OldCookie find(RequestHead head, long now) {
        for (ImportedCookie cookie : cookies) {
            if (now >= cookie.until().orElse(Long.MAX_VALUE)) {
                continue;
            }
            CookieScan scan = new CookieScan(head, cookie.name());
            while (scan.next()) {
                int length = scan.valueEnd() - scan.valueStart();
                if (length > 0 && length <= LONGEST) {
                    return read(cookie, head.bytes(), scan.valueStart(), scan.valueEnd());
                }
            }
        }
        return null;
    }

    private static OldCookie read(ImportedCookie cookie, byte[] bytes, int start, int end) {
        String value = new String(bytes, start, end - start, StandardCharsets.ISO_8859_1);
        int bar = cookie.form() == Form.INGRESS_NGINX ? value.indexOf('|') : -1;
        return bar < 0
                ? new OldCookie(cookie, value, "")
                : new OldCookie(cookie, value.substring(0, bar), value.substring(bar + 1));
    }
}
