package dev.moorgate.dataplane.live;

import dev.moorgate.routetable.RouteTable;

/** Is told of installs, on the installing thread. */
public interface InstallObserver {
    InstallObserver NONE = new InstallObserver() {
        @Override
        public void installed(RouteTable table, String version) {}

        @Override
        public void refused() {}
    };

    /** The table is in force, or its endpoints have changed. */
    void installed(RouteTable table, String version);

    void refused();
}
