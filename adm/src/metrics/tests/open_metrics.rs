//! Everything that there can be, as it is written down.

use insta::assert_snapshot;

use super::{Format, host, written};

#[test]
fn open_metrics_have_everything_that_the_daemon_tells() {
    assert_snapshot!(written(Some(host()), Format::OpenMetrics).unwrap(), @r#"
    # HELP vrrp_up Whether vrrpd runs and answers
    # TYPE vrrp_up gauge
    vrrp_up 1
    # HELP vrrp The version of vrrpd
    # TYPE vrrp info
    vrrp_info{version="0.1.0"} 1
    # HELP vrrp_start_time_seconds When vrrpd started, since 1970 (RFC 8347 discontinuity-datetime)
    # TYPE vrrp_start_time_seconds gauge
    # UNIT vrrp_start_time_seconds seconds
    vrrp_start_time_seconds 1700000000.0
    # HELP vrrp_configuration_problems Problems of the configuration that vrrpd was last told to read; with any it was not applied
    # TYPE vrrp_configuration_problems gauge
    vrrp_configuration_problems 1
    # HELP vrrp_units_unknown Whether units cannot be watched, for want of the bus or of systemd
    # TYPE vrrp_units_unknown gauge
    vrrp_units_unknown 1
    # HELP vrrp_fights Fights with other programs of this host, which undo what vrrpd does again and again
    # TYPE vrrp_fights gauge
    vrrp_fights 1
    # HELP vrrp_host_discards Discarded packets that are for no virtual router, by reason (RFC 8347 vrid-errors; with vrrp_discards_total, checksum-errors, version-errors, ip-ttl-errors)
    # TYPE vrrp_host_discards counter
    vrrp_host_discards_total{reason="ip-header-error"} 0
    vrrp_host_discards_total{reason="ip-ttl-error"} 1
    vrrp_host_discards_total{reason="carp"} 0
    vrrp_host_discards_total{reason="version-error"} 0
    vrrp_host_discards_total{reason="version-2-over-ipv6"} 0
    vrrp_host_discards_total{reason="invalid-type"} 0
    vrrp_host_discards_total{reason="packet-length-error"} 0
    vrrp_host_discards_total{reason="trailing-bytes"} 0
    vrrp_host_discards_total{reason="checksum-error"} 0
    vrrp_host_discards_total{reason="vrid-zero"} 0
    vrrp_host_discards_total{reason="auth-type"} 0
    vrrp_host_discards_total{reason="auth-missing"} 0
    vrrp_host_discards_total{reason="no-addresses"} 0
    vrrp_host_discards_total{reason="interval-zero"} 0
    vrrp_host_discards_total{reason="auth-malformed"} 0
    vrrp_host_discards_total{reason="auth-unknown-key"} 0
    vrrp_host_discards_total{reason="auth-failure"} 0
    vrrp_host_discards_total{reason="auth-stale"} 0
    vrrp_host_discards_total{reason="auth-replay"} 0
    vrrp_host_discards_total{reason="destination-error"} 0
    vrrp_host_discards_total{reason="own-packet"} 0
    vrrp_host_discards_total{reason="vrid-error"} 4
    vrrp_host_discards_total{reason="unknown-peer"} 0
    vrrp_host_discards_total{reason="version-mismatch"} 0
    vrrp_host_discards_total{reason="interval-error"} 0
    vrrp_host_discards_total{reason="address-list-error"} 0
    # HELP vrrp_instance_enabled Whether the configuration enables the instance
    # TYPE vrrp_instance_enabled gauge
    vrrp_instance_enabled{vrrp_instance="inst1",interface="eth0",vrid="51"} 1
    vrrp_instance_enabled{vrrp_instance="inst2",interface="eth0",vrid="52"} 0
    # HELP vrrp_instance_barred Whether the instance is a Backup that may not take over
    # TYPE vrrp_instance_barred gauge
    vrrp_instance_barred{vrrp_instance="inst1",interface="eth0",vrid="51"} 1
    vrrp_instance_barred{vrrp_instance="inst2",interface="eth0",vrid="52"} 0
    # HELP vrrp_instance_away Whether the instance was made to resign (vrrpadm resign) and stays away
    # TYPE vrrp_instance_away gauge
    vrrp_instance_away{vrrp_instance="inst1",interface="eth0",vrid="51"} 1
    vrrp_instance_away{vrrp_instance="inst2",interface="eth0",vrid="52"} 0
    # HELP vrrp_instance_draining Whether the instance serves on what it has resigned
    # TYPE vrrp_instance_draining gauge
    vrrp_instance_draining{vrrp_instance="inst1",interface="eth0",vrid="51"} 1
    vrrp_instance_draining{vrrp_instance="inst2",interface="eth0",vrid="52"} 0
    # HELP vrrp_instance_held Whether services can bind every address on this host, whoever is Master, where they are held (hold = address)
    # TYPE vrrp_instance_held gauge
    vrrp_instance_held{vrrp_instance="inst1",interface="eth0",vrid="51"} 1
    # HELP vrrp_instance_since_seconds When the instance entered its state, since 1970
    # TYPE vrrp_instance_since_seconds gauge
    # UNIT vrrp_instance_since_seconds seconds
    vrrp_instance_since_seconds{vrrp_instance="inst1",interface="eth0",vrid="51"} 1700000030.25
    vrrp_instance_since_seconds{vrrp_instance="inst2",interface="eth0",vrid="52"} 0.0
    # HELP vrrp_instance_priority The configured priority (RFC 8347 priority)
    # TYPE vrrp_instance_priority gauge
    vrrp_instance_priority{vrrp_instance="inst1",interface="eth0",vrid="51"} 100
    vrrp_instance_priority{vrrp_instance="inst2",interface="eth0",vrid="52"} 255
    # HELP vrrp_instance_effective_priority The priority with the weights of all conditions
    # TYPE vrrp_instance_effective_priority gauge
    vrrp_instance_effective_priority{vrrp_instance="inst1",interface="eth0",vrid="51"} 70
    vrrp_instance_effective_priority{vrrp_instance="inst2",interface="eth0",vrid="52"} 255
    # HELP vrrp_instance_advert_interval_seconds The configured advertisement interval (RFC 8347 advertise-interval-centi-sec, advertise-interval-sec)
    # TYPE vrrp_instance_advert_interval_seconds gauge
    # UNIT vrrp_instance_advert_interval_seconds seconds
    vrrp_instance_advert_interval_seconds{vrrp_instance="inst1",interface="eth0",vrid="51"} 0.1
    vrrp_instance_advert_interval_seconds{vrrp_instance="inst2",interface="eth0",vrid="52"} 2.0
    # HELP vrrp_sync_daemon_state What the kernel's IPVS sync daemon that follows the instance is: 1 for its state
    # TYPE vrrp_sync_daemon_state gauge
    vrrp_sync_daemon_state{vrrp_instance="inst1",interface="eth0",vrid="51",state="master"} 0
    vrrp_sync_daemon_state{vrrp_instance="inst1",interface="eth0",vrid="51",state="backup"} 0
    vrrp_sync_daemon_state{vrrp_instance="inst1",interface="eth0",vrid="51",state="none"} 1
    vrrp_sync_daemon_state{vrrp_instance="inst1",interface="eth0",vrid="51",state="unknown"} 0
    # HELP vrrp_sync_daemon_trouble Whether the kernel's IPVS sync daemon is not what it is to be
    # TYPE vrrp_sync_daemon_trouble gauge
    vrrp_sync_daemon_trouble{vrrp_instance="inst1",interface="eth0",vrid="51"} 1
    # HELP vrrp_instance_state The state: 1 for the one that it is in (RFC 8347 state; its initialize is init or fault)
    # TYPE vrrp_instance_state gauge
    vrrp_instance_state{vrrp_instance="inst1",interface="eth0",vrid="51",family="IPv4",state="init"} 0
    vrrp_instance_state{vrrp_instance="inst1",interface="eth0",vrid="51",family="IPv4",state="backup"} 1
    vrrp_instance_state{vrrp_instance="inst1",interface="eth0",vrid="51",family="IPv4",state="master"} 0
    vrrp_instance_state{vrrp_instance="inst1",interface="eth0",vrid="51",family="IPv4",state="fault"} 0
    vrrp_instance_state{vrrp_instance="inst1",interface="eth0",vrid="51",family="IPv6",state="init"} 0
    vrrp_instance_state{vrrp_instance="inst1",interface="eth0",vrid="51",family="IPv6",state="backup"} 1
    vrrp_instance_state{vrrp_instance="inst1",interface="eth0",vrid="51",family="IPv6",state="master"} 0
    vrrp_instance_state{vrrp_instance="inst1",interface="eth0",vrid="51",family="IPv6",state="fault"} 0
    vrrp_instance_state{vrrp_instance="inst2",interface="eth0",vrid="52",family="IPv4",state="init"} 1
    vrrp_instance_state{vrrp_instance="inst2",interface="eth0",vrid="52",family="IPv4",state="backup"} 0
    vrrp_instance_state{vrrp_instance="inst2",interface="eth0",vrid="52",family="IPv4",state="master"} 0
    vrrp_instance_state{vrrp_instance="inst2",interface="eth0",vrid="52",family="IPv4",state="fault"} 0
    # HELP vrrp_master_down_interval_seconds How long a Backup waits for its Master (RFC 8347 master-down-interval)
    # TYPE vrrp_master_down_interval_seconds gauge
    # UNIT vrrp_master_down_interval_seconds seconds
    vrrp_master_down_interval_seconds{vrrp_instance="inst1",interface="eth0",vrid="51",family="IPv4"} 0.745
    vrrp_master_down_interval_seconds{vrrp_instance="inst1",interface="eth0",vrid="51",family="IPv6"} 0.745
    vrrp_master_down_interval_seconds{vrrp_instance="inst2",interface="eth0",vrid="52",family="IPv4"} 6.003
    # HELP vrrp_filtered Whether something on this host takes away the advertisements that it is to hear
    # TYPE vrrp_filtered gauge
    vrrp_filtered{vrrp_instance="inst1",interface="eth0",vrid="51",family="IPv4"} 1
    vrrp_filtered{vrrp_instance="inst1",interface="eth0",vrid="51",family="IPv6"} 1
    vrrp_filtered{vrrp_instance="inst2",interface="eth0",vrid="52",family="IPv4"} 0
    # HELP vrrp_address_conflict Whether another host answered for an address while this one was Master, in the last half minute
    # TYPE vrrp_address_conflict gauge
    vrrp_address_conflict{vrrp_instance="inst1",interface="eth0",vrid="51",family="IPv4"} 1
    vrrp_address_conflict{vrrp_instance="inst1",interface="eth0",vrid="51",family="IPv6"} 1
    vrrp_address_conflict{vrrp_instance="inst2",interface="eth0",vrid="52",family="IPv4"} 0
    # HELP vrrp_auth_refused_hosts Hosts whose last advertisement was refused for want of authentication, 16 at most
    # TYPE vrrp_auth_refused_hosts gauge
    vrrp_auth_refused_hosts{vrrp_instance="inst1",interface="eth0",vrid="51",family="IPv4"} 3
    vrrp_auth_refused_hosts{vrrp_instance="inst1",interface="eth0",vrid="51",family="IPv6"} 3
    vrrp_auth_refused_hosts{vrrp_instance="inst2",interface="eth0",vrid="52",family="IPv4"} 0
    # HELP vrrp_master_transitions How often the virtual router became Master (RFC 8347 master-transitions)
    # TYPE vrrp_master_transitions counter
    vrrp_master_transitions_total{vrrp_instance="inst1",interface="eth0",vrid="51",family="IPv4"} 1
    vrrp_master_transitions_total{vrrp_instance="inst1",interface="eth0",vrid="51",family="IPv6"} 1
    vrrp_master_transitions_total{vrrp_instance="inst2",interface="eth0",vrid="52",family="IPv4"} 0
    # HELP vrrp_advertisements_sent Advertisements sent, resignations included (RFC 8347 advertisement-sent)
    # TYPE vrrp_advertisements_sent counter
    vrrp_advertisements_sent_total{vrrp_instance="inst1",interface="eth0",vrid="51",family="IPv4"} 11
    vrrp_advertisements_sent_total{vrrp_instance="inst1",interface="eth0",vrid="51",family="IPv6"} 11
    vrrp_advertisements_sent_total{vrrp_instance="inst2",interface="eth0",vrid="52",family="IPv4"} 0
    # HELP vrrp_advertisements_received Advertisements received and accepted, resignations included (RFC 8347 advertisement-rcvd)
    # TYPE vrrp_advertisements_received counter
    vrrp_advertisements_received_total{vrrp_instance="inst1",interface="eth0",vrid="51",family="IPv4"} 12
    vrrp_advertisements_received_total{vrrp_instance="inst1",interface="eth0",vrid="51",family="IPv6"} 12
    vrrp_advertisements_received_total{vrrp_instance="inst2",interface="eth0",vrid="52",family="IPv4"} 0
    # HELP vrrp_advertisements_filtered Advertisements processed although this host filters them away
    # TYPE vrrp_advertisements_filtered counter
    vrrp_advertisements_filtered_total{vrrp_instance="inst1",interface="eth0",vrid="51",family="IPv4"} 13
    vrrp_advertisements_filtered_total{vrrp_instance="inst1",interface="eth0",vrid="51",family="IPv6"} 13
    vrrp_advertisements_filtered_total{vrrp_instance="inst2",interface="eth0",vrid="52",family="IPv4"} 0
    # HELP vrrp_priority_zero_sent Resignations sent (RFC 8347 priority-zero-pkts-sent)
    # TYPE vrrp_priority_zero_sent counter
    vrrp_priority_zero_sent_total{vrrp_instance="inst1",interface="eth0",vrid="51",family="IPv4"} 15
    vrrp_priority_zero_sent_total{vrrp_instance="inst1",interface="eth0",vrid="51",family="IPv6"} 15
    vrrp_priority_zero_sent_total{vrrp_instance="inst2",interface="eth0",vrid="52",family="IPv4"} 0
    # HELP vrrp_priority_zero_received Resignations received (RFC 8347 priority-zero-pkts-rcvd)
    # TYPE vrrp_priority_zero_received counter
    vrrp_priority_zero_received_total{vrrp_instance="inst1",interface="eth0",vrid="51",family="IPv4"} 16
    vrrp_priority_zero_received_total{vrrp_instance="inst1",interface="eth0",vrid="51",family="IPv6"} 16
    vrrp_priority_zero_received_total{vrrp_instance="inst2",interface="eth0",vrid="52",family="IPv4"} 0
    # HELP vrrp_announcements_sent Gratuitous ARP and unsolicited neighbour advertisements sent
    # TYPE vrrp_announcements_sent counter
    vrrp_announcements_sent_total{vrrp_instance="inst1",interface="eth0",vrid="51",family="IPv4"} 17
    vrrp_announcements_sent_total{vrrp_instance="inst1",interface="eth0",vrid="51",family="IPv6"} 17
    vrrp_announcements_sent_total{vrrp_instance="inst2",interface="eth0",vrid="52",family="IPv4"} 0
    # HELP vrrp_router_advertisements_sent Router advertisements sent to IPv6 hosts
    # TYPE vrrp_router_advertisements_sent counter
    vrrp_router_advertisements_sent_total{vrrp_instance="inst1",interface="eth0",vrid="51",family="IPv6"} 25
    # HELP vrrp_send_errors Sends that the kernel refused
    # TYPE vrrp_send_errors counter
    vrrp_send_errors_total{vrrp_instance="inst1",interface="eth0",vrid="51",family="IPv4"} 18
    vrrp_send_errors_total{vrrp_instance="inst1",interface="eth0",vrid="51",family="IPv6"} 18
    vrrp_send_errors_total{vrrp_instance="inst2",interface="eth0",vrid="52",family="IPv4"} 0
    # HELP vrrp_address_conflicts How often another host was seen that goes on answering for an address
    # TYPE vrrp_address_conflicts counter
    vrrp_address_conflicts_total{vrrp_instance="inst1",interface="eth0",vrid="51",family="IPv4"} 14
    vrrp_address_conflicts_total{vrrp_instance="inst1",interface="eth0",vrid="51",family="IPv6"} 14
    vrrp_address_conflicts_total{vrrp_instance="inst2",interface="eth0",vrid="52",family="IPv4"} 0
    # HELP vrrp_address_list_mismatches Accepted advertisements whose addresses differ from the configured ones (RFC 8347 address-list-errors, with those that are discarded)
    # TYPE vrrp_address_list_mismatches counter
    vrrp_address_list_mismatches_total{vrrp_instance="inst1",interface="eth0",vrid="51",family="IPv4"} 21
    vrrp_address_list_mismatches_total{vrrp_instance="inst1",interface="eth0",vrid="51",family="IPv6"} 21
    vrrp_address_list_mismatches_total{vrrp_instance="inst2",interface="eth0",vrid="52",family="IPv4"} 0
    # HELP vrrp_first_not_link_local Accepted IPv6 advertisements whose first address is not link-local
    # TYPE vrrp_first_not_link_local counter
    vrrp_first_not_link_local_total{vrrp_instance="inst1",interface="eth0",vrid="51",family="IPv6"} 22
    # HELP vrrp_checksums_rfc5798 Accepted version 3 advertisements over IPv4 whose checksum includes the pseudo-header
    # TYPE vrrp_checksums_rfc5798 counter
    vrrp_checksums_rfc5798_total{vrrp_instance="inst1",interface="eth0",vrid="51",family="IPv4"} 19
    # HELP vrrp_checksums_rfc9568 Accepted version 3 advertisements over IPv4 whose checksum covers the message alone
    # TYPE vrrp_checksums_rfc9568 counter
    vrrp_checksums_rfc9568_total{vrrp_instance="inst1",interface="eth0",vrid="51",family="IPv4"} 20
    # HELP vrrp_authenticated Accepted advertisements that were authentic
    # TYPE vrrp_authenticated counter
    vrrp_authenticated_total{vrrp_instance="inst1",interface="eth0",vrid="51",family="IPv4"} 23
    vrrp_authenticated_total{vrrp_instance="inst1",interface="eth0",vrid="51",family="IPv6"} 23
    # HELP vrrp_unauthenticated Accepted advertisements that nothing authenticated, as auth.mode allows
    # TYPE vrrp_unauthenticated counter
    vrrp_unauthenticated_total{vrrp_instance="inst1",interface="eth0",vrid="51",family="IPv4"} 24
    vrrp_unauthenticated_total{vrrp_instance="inst1",interface="eth0",vrid="51",family="IPv6"} 24
    # HELP vrrp_discards Discarded packets for the virtual router by reason, those that there were (RFC 8347 interval-errors, address-list-errors, invalid-type-pkts-rcvd, packet-length-errors)
    # TYPE vrrp_discards counter
    vrrp_discards_total{vrrp_instance="inst1",interface="eth0",vrid="51",family="IPv4",reason="checksum-error"} 1
    vrrp_discards_total{vrrp_instance="inst1",interface="eth0",vrid="51",family="IPv4",reason="ip-ttl-error"} 1
    vrrp_discards_total{vrrp_instance="inst1",interface="eth0",vrid="51",family="IPv6",reason="checksum-error"} 1
    vrrp_discards_total{vrrp_instance="inst1",interface="eth0",vrid="51",family="IPv6",reason="ip-ttl-error"} 2
    vrrp_discards_total{vrrp_instance="inst2",interface="eth0",vrid="52",family="IPv4",reason="address-list-error"} 8
    vrrp_discards_total{vrrp_instance="inst2",interface="eth0",vrid="52",family="IPv4",reason="interval-error"} 7
    # HELP vrrp_protected_unit_active Whether a protected unit is active, reloading or refreshing, and not frozen
    # TYPE vrrp_protected_unit_active gauge
    vrrp_protected_unit_active{vrrp_instance="inst1",unit="http.service",effect="backup"} 1
    # HELP vrrp_condition_standing What a condition counts as: 1 for the standing that it has
    # TYPE vrrp_condition_standing gauge
    vrrp_condition_standing{vrrp_instance="inst1",kind="file",watches="/run/a \"b\" \\c",effect="backup",standing="bad"} 0
    vrrp_condition_standing{vrrp_instance="inst1",kind="file",watches="/run/a \"b\" \\c",effect="backup",standing="unknown"} 0
    vrrp_condition_standing{vrrp_instance="inst1",kind="file",watches="/run/a \"b\" \\c",effect="backup",standing="good"} 1
    vrrp_condition_standing{vrrp_instance="inst1",kind="file",watches="/run/twice",effect="backup",standing="bad"} 1
    vrrp_condition_standing{vrrp_instance="inst1",kind="file",watches="/run/twice",effect="backup",standing="unknown"} 0
    vrrp_condition_standing{vrrp_instance="inst1",kind="file",watches="/run/twice",effect="backup",standing="good"} 0
    # HELP vrrp_heartbeat_trouble Whether a heartbeat cannot be sent
    # TYPE vrrp_heartbeat_trouble gauge
    vrrp_heartbeat_trouble{heartbeat="back",interface="eth1"} 1
    # HELP vrrp_heartbeat_peer_present Whether a host was heard on a heartbeat so short ago that it is there
    # TYPE vrrp_heartbeat_peer_present gauge
    vrrp_heartbeat_peer_present{heartbeat="back",interface="eth1",peer="198.51.100.2"} 1
    # HELP vrrp_heartbeat_peer_heard_seconds When a host was heard last on a heartbeat, since 1970
    # TYPE vrrp_heartbeat_peer_heard_seconds gauge
    # UNIT vrrp_heartbeat_peer_heard_seconds seconds
    vrrp_heartbeat_peer_heard_seconds{heartbeat="back",interface="eth1",peer="198.51.100.2"} 1700000061.5
    # HELP vrrp_heartbeats_sent Heartbeats sent
    # TYPE vrrp_heartbeats_sent counter
    vrrp_heartbeats_sent_total{heartbeat="back",interface="eth1"} 60
    # HELP vrrp_heartbeats_received Heartbeats received and accepted
    # TYPE vrrp_heartbeats_received counter
    vrrp_heartbeats_received_total{heartbeat="back",interface="eth1"} 61
    # HELP vrrp_heartbeat_send_errors Sends of heartbeats that the kernel refused
    # TYPE vrrp_heartbeat_send_errors counter
    vrrp_heartbeat_send_errors_total{heartbeat="back",interface="eth1"} 2
    # HELP vrrp_heartbeat_discards Discarded heartbeats by reason, those that there were
    # TYPE vrrp_heartbeat_discards counter
    vrrp_heartbeat_discards_total{heartbeat="back",interface="eth1",reason="auth-failure"} 5
    # HELP vrrp_group_state What an interface group is: 1 for its state
    # TYPE vrrp_group_state gauge
    vrrp_group_state{group="uplinks",state="ok"} 0
    vrrp_group_state{group="uplinks",state="degraded"} 1
    vrrp_group_state{group="uplinks",state="failed"} 0
    # HELP vrrp_group_member_state What a member of an interface group is: 1 for its state
    # TYPE vrrp_group_member_state gauge
    vrrp_group_member_state{group="uplinks",interface="eth1",state="ok"} 1
    vrrp_group_member_state{group="uplinks",interface="eth1",state="unknown"} 0
    vrrp_group_member_state{group="uplinks",interface="eth1",state="standby"} 0
    vrrp_group_member_state{group="uplinks",interface="eth1",state="failed"} 0
    vrrp_group_member_state{group="uplinks",interface="eth1",state="offline"} 0
    vrrp_group_member_state{group="uplinks",interface="eth2",state="ok"} 0
    vrrp_group_member_state{group="uplinks",interface="eth2",state="unknown"} 0
    vrrp_group_member_state{group="uplinks",interface="eth2",state="standby"} 0
    vrrp_group_member_state{group="uplinks",interface="eth2",state="failed"} 1
    vrrp_group_member_state{group="uplinks",interface="eth2",state="offline"} 0
    # HELP vrrp_group_member_active Whether a member of an interface group is used
    # TYPE vrrp_group_member_active gauge
    vrrp_group_member_active{group="uplinks",interface="eth1"} 1
    vrrp_group_member_active{group="uplinks",interface="eth2"} 0
    # HELP vrrp_group_probes_sent Probes sent to a target over a member of an interface group
    # TYPE vrrp_group_probes_sent counter
    vrrp_group_probes_sent_total{group="uplinks",interface="eth1",target="192.0.2.254"} 9
    # HELP vrrp_group_probes_answered Probes answered, in time or not
    # TYPE vrrp_group_probes_answered counter
    vrrp_group_probes_answered_total{group="uplinks",interface="eth1",target="192.0.2.254"} 7
    # HELP vrrp_group_probes_lost Probes not answered in time
    # TYPE vrrp_group_probes_lost counter
    vrrp_group_probes_lost_total{group="uplinks",interface="eth1",target="192.0.2.254"} 2
    # HELP vrrp_group_probe_round_trip_seconds How long answers to probes take on average
    # TYPE vrrp_group_probe_round_trip_seconds gauge
    # UNIT vrrp_group_probe_round_trip_seconds seconds
    vrrp_group_probe_round_trip_seconds{group="uplinks",interface="eth1",target="192.0.2.254"} 0.0015
    # EOF
    "#);
}
