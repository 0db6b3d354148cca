package dev.moorgate.operator.compile;

import dev.moorgate.routetable.Forward;
import dev.moorgate.routetable.KeyRing;
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
        public boolean isEmpty() {
            return true;
        }

        @Override
        public Optional<String> ofService(String namespace, String service, int port) {
            return Optional.empty();
        }

        @Override
        public List<StickySession> handedOut() {
            return List.of();
        }

        @Override
        public List<KeyRing> keyRings(List<StickySession> sessions) {
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

    /** Whether no policy has a target: nobody gets a session. */
    boolean isEmpty();

    /** Id of the session of a whole Service or one port of it. */
    Optional<String> ofService(String namespace, String service, int port);

    /** Every session whose id was handed out, in any order. */
    List<StickySession> handedOut();

    /** The key rings of these sessions, sorted by name. */
    List<KeyRing> keyRings(List<StickySession> sessions);

    /** The sessions of one rule. */
    @FunctionalInterface
    interface RuleSessions {
        /**
         * The forward with its sessions: one for each upstream, which picks the endpoint in it, or one for the whole split, which
         * holds a client on its upstream too (StickToBackend).
         */
        Forward hold(Forward forward);
    }
}
