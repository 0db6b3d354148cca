package dev.moorgate.dataplane.control;

import dev.moorgate.dataplane.listen.staple.Stapling;
import java.util.List;

/** How it stands with the OCSP responses of certificates, sorted by id. Any thread. */
@FunctionalInterface
public interface StaplesView {
    List<Stapling.View> staples();
}
