package dev.moorgate.operator.compile;

import dev.moorgate.routetable.SourceRef;
import dev.moorgate.routetable.StickySession;
import java.util.List;
import java.util.Optional;

/**
 * Which sticky session holds the clients of a rule or of a Service. The most specific policy wins: rule, then route, then Service. A
 * session that is handed out is part of the table.
 */
public interface StickySessions {
    StickySessions NONE = new StickySessions() {
        @Override
        public Optional<RuleSessions> ofRule(SourceRef object, String ruleName) {
            return Optional.empty();
        }

        @Override
        public Optional<String> ofService(String namespace, String service, int port) {
            return Optional.empty();
        }

        @Override
        public List<StickySession> handedOut() {
            return List.of();
        }
    };

    /**
     * The sessions of a rule of an HTTPRoute, or of an Ingress.
     *
     * @param object the route or Ingress as a whole
     * @param ruleName empty where the rule has none
     */
    Optional<RuleSessions> ofRule(SourceRef object, String ruleName);

    /** Id of the session of a whole Service or one port of it. */
    Optional<String> ofService(String namespace, String service, int port);

    /** Every session whose id was handed out, in any order. */
    List<StickySession> handedOut();

    /** The sessions of one rule. */
    interface RuleSessions {
        /** Id of the session that holds a client on its upstream of the split (StickToBackend). */
        Optional<String> ofSplit();

        /** Id of the session that picks the endpoint in one upstream. */
        Optional<String> ofUpstream(String upstream);
    }
}
