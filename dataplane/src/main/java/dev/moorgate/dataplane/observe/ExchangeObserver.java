package dev.moorgate.dataplane.observe;

import java.util.List;

/** Is told of every request that ended; called on the exchange's event loop and must neither block nor keep the record. */
@FunctionalInterface
public interface ExchangeObserver {
    ExchangeObserver NONE = exchange -> {};

    /** The record and the bytes that its texts point to belong to the caller again when this returns. */
    void finished(ExchangeRecord exchange);

    /** Tells several, in their order. */
    static ExchangeObserver all(ExchangeObserver... observers) {
        List<ExchangeObserver> all = List.of(observers);
        return exchange -> {
            for (int i = 0; i < all.size(); i++) {
                all.get(i).finished(exchange);
            }
        };
    }
}
