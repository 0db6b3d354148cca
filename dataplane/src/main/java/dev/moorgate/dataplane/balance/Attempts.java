package dev.moorgate.dataplane.balance;

import dev.moorgate.dataplane.balance.health.EndpointState;
import dev.moorgate.dataplane.http.RequestHead;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What one exchange remembers from pick to pick: its request, the share that was chosen, the endpoints that failed it.
 * Event loop of the exchange only; may be reused.
 */
public final class Attempts {
    private @Nullable RequestHead head;
    private String client = "";
    private EndpointState[] tried = new EndpointState[2];
    private int count;
    private boolean waited;
    private int share = -1;

    /** Begins with a new request; {@code client} is the client's address for hashing. */
    public Attempts begin(RequestHead request, String clientAddress) {
        head = request;
        client = clientAddress;
        Arrays.fill(tried, 0, count, null);
        count = 0;
        waited = false;
        share = -1;
        return this;
    }

    /** An endpoint failed this request: further picks avoid it while there is another. */
    public void failed(Candidate candidate) {
        if (count == tried.length) {
            tried = Arrays.copyOf(tried, count * 2);
        }
        tried[count++] = candidate.state();
    }

    /** The wait that {@link Pick.Waiting} asked for is over. */
    public void waited() {
        waited = true;
    }

    public boolean hasTried(Candidate candidate) {
        for (int i = 0; i < count; i++) {
            if (tried[i] == candidate.state()) {
                return true;
            }
        }
        return false;
    }

    boolean hasWaited() {
        return waited;
    }

    RequestHead head() {
        if (head == null) {
            throw new IllegalStateException("attempts were not begun");
        }
        return head;
    }

    String client() {
        return client;
    }

    /** The share of the split that the first pick chose; -1 before. */
    int share() {
        return share;
    }

    void chose(int place) {
        share = place;
    }
}
