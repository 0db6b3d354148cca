package dev.moorgate.dataplane.live;

import dev.moorgate.routetable.RouteTable;

/** Is told of tables, not of endpoints alone, on the installing thread. */
public interface InstallObserver {
    InstallObserver NONE = new InstallObserver() {
        @Override
        public void installed(RouteTable table, String version) {}

        @Override
        public void refused() {}
    };

    /** The table is in force. */
    void installed(RouteTable table, String version);

    void refused();
}
