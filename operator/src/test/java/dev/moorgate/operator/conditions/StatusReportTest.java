package dev.moorgate.operator.conditions;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.operator.conditions.ObjectStatus.Address;
import dev.moorgate.operator.conditions.ObjectStatus.RouteKind;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class StatusReportTest {
    private static final String GROUP = "gateway.networking.k8s.io";
    private static final String US = "moorgate.dev/gateway-controller";
    private static final ObjectRef GATEWAY = new ObjectRef(GROUP + "/v1", "Gateway", "shop", "web", 3);
    private static final ObjectRef ROUTE = new ObjectRef(GROUP + "/v1", "HTTPRoute", "shop", "cart", 7);
    private static final ObjectRef INGRESS = new ObjectRef("networking.k8s.io/v1", "Ingress", "shop", "old", 1);
    private static final PartRef PARENT = new PartRef(
            Optional.empty(), Optional.empty(), Optional.empty(), "web", Optional.of("https"), OptionalInt.of(443));

    private final ReportBuilder report = StatusReport.builder();

    @Test
    void aGatewayIsRenderedAsKubernetesStoresIt() {
        var gateway = report.gateway(GATEWAY).address(new Address(false, "127.0.0.1"));
        gateway.conditions().accept(ConditionType.PROGRAMMED, Reason.PROGRAMMED, "listens on port 80");
        gateway.listener("http")
                .supportedKinds(List.of(new RouteKind(GROUP, "HTTPRoute")))
                .attachRoute()
                .attachRoute();

        Map<String, Object> tree = report.build().render().get(GATEWAY);

        assertThat(tree)
                .hasToString("{apiVersion=gateway.networking.k8s.io/v1, kind=Gateway,"
                        + " metadata={namespace=shop, name=web}, status={addresses=[{type=IPAddress, value=127.0.0.1}],"
                        + " conditions=[" + condition("Accepted", "True", "Accepted", "", 3) + ", "
                        + condition("Programmed", "True", "Programmed", "listens on port 80", 3) + "],"
                        + " listeners=[{name=http,"
                        + " supportedKinds=[{group=gateway.networking.k8s.io, kind=HTTPRoute}], attachedRoutes=2,"
                        + " conditions=[" + condition("Accepted", "True", "Accepted", "", 3) + ", "
                        + condition("ResolvedRefs", "True", "ResolvedRefs", "", 3) + ", "
                        + condition("Programmed", "True", "Programmed", "", 3) + ", "
                        + condition("Conflicted", "False", "NoConflicts", "", 3) + "]}]}}");
    }

    @Test
    void aParentRefComesBackAsItWasWritten() {
        report.route(ROUTE).parent(PARENT, US);

        assertThat(report.build().render().get(ROUTE))
                .hasToString("{apiVersion=gateway.networking.k8s.io/v1, kind=HTTPRoute,"
                        + " metadata={namespace=shop, name=cart}, status={parents=[{"
                        + "parentRef={name=web, sectionName=https, port=443},"
                        + " controllerName=moorgate.dev/gateway-controller, conditions=["
                        + condition("Accepted", "True", "Accepted", "", 7) + ", "
                        + condition("ResolvedRefs", "True", "ResolvedRefs", "", 7) + "]}]}}");
    }

    @Test
    void theFirstRefusalGivesTheReasonAndAllGiveTheirSentence() {
        Conditions conditions = report.route(ROUTE).parent(PARENT, US);
        conditions.refuse(ConditionType.RESOLVED_REFS, Reason.BACKEND_NOT_FOUND, "spec.rules[0]", "no Service a");
        conditions.refuse(ConditionType.RESOLVED_REFS, Reason.REF_NOT_PERMITTED, "spec.rules[1]", "no grant");
        conditions.accept(ConditionType.RESOLVED_REFS, Reason.RESOLVED_REFS, "all well");

        StatusReport built = report.build();

        assertThat(built.render().get(ROUTE).toString())
                .contains(condition(
                        "ResolvedRefs",
                        "False",
                        "BackendNotFound",
                        "spec.rules[0]: no Service a; spec.rules[1]: no grant",
                        7));
        assertThat(conditions.isGood(ConditionType.RESOLVED_REFS)).isFalse();
        assertThat(conditions.isGood(ConditionType.ACCEPTED)).isTrue();
        assertThat(built.errors())
                .map(Finding::toString)
                .containsExactly(
                        "HTTPRoute shop/cart: spec.rules[0]: no Service a (BackendNotFound)",
                        "HTTPRoute shop/cart: spec.rules[1]: no grant (RefNotPermitted)");
    }

    @Test
    void theSameMistakeWithSeveralParentsIsOneError() {
        for (String section : List.of("http", "https")) {
            report.route(ROUTE)
                    .parent(PARENT.withSectionName(section), US)
                    .refuse(ConditionType.RESOLVED_REFS, Reason.BACKEND_NOT_FOUND, "spec.rules[0]", "no Service a");
        }

        assertThat(report.build().errors()).hasSize(1);
    }

    @Test
    void aBadConflictedIsTrue() {
        report.gateway(GATEWAY)
                .listener("http")
                .conditions()
                .refuse(
                        ConditionType.CONFLICTED,
                        Reason.HOSTNAME_CONFLICT,
                        "spec.listeners[0]",
                        "as spec.listeners[1]");

        assertThat(report.build().toString())
                .contains(condition(
                        "Conflicted", "True", "HostnameConflict", "spec.listeners[0]: as spec.listeners[1]", 3));
    }

    @Test
    void aConsequenceIsShownButIsNoErrorOfItsOwn() {
        report.gateway(GATEWAY)
                .conditions()
                .consequence(ConditionType.PROGRAMMED, Reason.INVALID, "no listener is valid");

        StatusReport built = report.build();

        assertThat(built.toString()).contains(condition("Programmed", "False", "Invalid", "no listener is valid", 3));
        assertThat(built.errors()).isEmpty();
    }

    @Test
    void whatIsOnlyWorthKnowingIsNoError() {
        report.gateway(GATEWAY)
                .listener("https")
                .conditions()
                .refuse(ConditionType.OVERLAPPING_TLS_CONFIG, Reason.OVERLAPPING_HOSTNAMES, "", "as listener b");
        report.warning(GATEWAY, Reason.NO_ENDPOINTS, "", "nobody there");

        assertThat(report.build().errors()).isEmpty();
    }

    @Test
    void anIngressHasAddressesAndNotices() {
        report.ingress(INGRESS).address(new Address(false, "127.0.0.1")).address(new Address(true, "localhost"));
        report.error(INGRESS, Reason.SERVICE_NOT_FOUND, "spec.rules[0]", "no Service a");
        report.error(INGRESS, Reason.SERVICE_NOT_FOUND, "spec.rules[0]", "no Service a");

        StatusReport built = report.build();

        assertThat(built.render().get(INGRESS))
                .hasToString("{apiVersion=networking.k8s.io/v1, kind=Ingress, metadata={namespace=shop, name=old},"
                        + " status={loadBalancer={ingress=[{ip=127.0.0.1}, {hostname=localhost}]}},"
                        + " notices=[{severity=Error, reason=ServiceNotFound, field=spec.rules[0],"
                        + " message=no Service a}]}");
        assertThat(built.errors())
                .containsExactly(new Finding(INGRESS, "spec.rules[0]", Reason.SERVICE_NOT_FOUND, "no Service a"));
    }

    @Test
    void ancestorsOfAPolicyAreSortedWhateverTheOrderOfTheCompile() {
        ObjectRef policy = new ObjectRef("moorgate.dev/v1alpha1", "StickyPolicy", "shop", "cart", 1);
        var draft = report.policy(policy).effective("binding", "PodUID");
        draft.ancestor(PartRef.of("", "Service", "shop", "b"), US);
        draft.ancestor(PartRef.of("", "Service", "shop", "a"), US);

        assertThat(report.build().render().get(policy).toString())
                .matches(".*name=a}.*name=b}.*effective=\\{binding=PodUID}.*");
    }

    @Test
    void aStatusListsNoMoreEntriesThanKubernetesTakes() {
        for (int i = 0; i < 40; i++) {
            report.route(ROUTE).parent(PARENT.withSectionName("s" + i), US);
        }

        Map<?, ?> status = (Map<?, ?>) report.build().render().get(ROUTE).get("status");

        assertThat((List<?>) status.get("parents")).hasSize(32);
    }

    @Test
    void aGatewayClassListsItsFeaturesSorted() {
        ObjectRef gatewayClass = new ObjectRef(GROUP + "/v1", "GatewayClass", "", "moorgate", 1);
        report.gatewayClass(gatewayClass).supportedFeatures(List.of("HTTPRoute", "Gateway", "HTTPRoute"));

        assertThat(report.build().render().get(gatewayClass).toString())
                .contains("metadata={name=moorgate}")
                .contains("supportedFeatures=[{name=Gateway}, {name=HTTPRoute}]");
    }

    @Test
    void equalCompilesMakeEqualReports() {
        report.route(ROUTE).parent(PARENT, US);
        ReportBuilder other = StatusReport.builder();
        other.route(ROUTE).parent(PARENT, US);

        assertThat(report.build()).isEqualTo(other.build()).hasSameHashCodeAs(other.build());
        other.error(ROUTE, Reason.INVALID, "", "x");
        assertThat(report.build()).isNotEqualTo(other.build());
    }

    private static String condition(String type, String status, String reason, String message, long generation) {
        return "{type=" + type + ", status=" + status + ", reason=" + reason + ", message=" + message
                + ", observedGeneration=" + generation + "}";
    }
}
