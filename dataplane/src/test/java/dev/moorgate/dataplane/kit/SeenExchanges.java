package dev.moorgate.dataplane.kit;

import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.dataplane.kit.ProxyUnderTest.Exchange;
import dev.moorgate.dataplane.observe.ExchangeObserver;
import dev.moorgate.dataplane.observe.ExchangeRecord;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** The exchanges that have ended, in order, as they were told. */
final class SeenExchanges implements ExchangeObserver {
    private final List<Exchange> exchanges = new CopyOnWriteArrayList<>();

    @Override
    public void finished(ExchangeRecord record) {
        exchanges.add(new Exchange(
                record.status,
                record.reason,
                record.detail,
                record.method,
                record.path.toString(),
                record.route,
                record.upstream,
                record.endpoint,
                record.attempts,
                retries(record),
                record.retryRefused,
                record.bytesIn,
                record.bytesOut,
                record.tableVersion,
                record.grpcStatus,
                record.compressed,
                record.bytesBefore,
                Duration.ofNanos(record.totalNanos)));
    }

    private static List<ProxyFailure> retries(ExchangeRecord record) {
        var reasons = new ProxyFailure[record.retryCount()];
        for (int i = 0; i < reasons.length; i++) {
            reasons[i] = record.retryReason(i);
        }
        return List.of(reasons);
    }

    List<Exchange> all() {
        return List.copyOf(exchanges);
    }

    /** Waits for the one with this number, from 1, to end. */
    Exchange await(int number) {
        Await.until("exchange " + number + " to end", () -> exchanges.size() >= number);
        return exchanges.get(number - 1);
    }
}
