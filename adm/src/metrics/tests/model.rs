//! The model `ietf-vrrp` of RFC 8347.

use insta::assert_snapshot;
use vrrp::status::Status;

use super::host;
use crate::metrics::yang;
use crate::render::json;

#[test]
fn the_model_of_rfc_8347_has_what_it_has_a_name_for() {
    assert_snapshot!(json(&yang::data(&host())).unwrap(), @r#"
    {
      "ietf-interfaces:interfaces": {
        "interface": [
          {
            "name": "eth0",
            "ietf-ip:ipv4": {
              "ietf-vrrp:vrrp": {
                "vrrp-instance": [
                  {
                    "vrid": 51,
                    "version": "ietf-vrrp:vrrp-v3",
                    "preempt": {
                      "enabled": true
                    },
                    "priority": 100,
                    "advertise-interval-centi-sec": 10,
                    "virtual-ipv4-addresses": {
                      "virtual-ipv4-address": [
                        {
                          "ipv4-address": "192.0.2.10"
                        }
                      ]
                    },
                    "state": "ietf-vrrp:backup",
                    "is-owner": false,
                    "last-adv-source": "192.0.2.2",
                    "master-down-interval": 74,
                    "skew-time": 145312,
                    "statistics": {
                      "discontinuity-datetime": "2023-11-14T22:13:20Z",
                      "master-transitions": 1,
                      "advertisement-rcvd": "12",
                      "advertisement-sent": "11",
                      "priority-zero-pkts-rcvd": "16",
                      "priority-zero-pkts-sent": "15",
                      "invalid-type-pkts-rcvd": "0",
                      "address-list-errors": "21",
                      "packet-length-errors": "0"
                    }
                  },
                  {
                    "vrid": 52,
                    "version": "ietf-vrrp:vrrp-v2",
                    "preempt": {
                      "enabled": false
                    },
                    "advertise-interval-sec": 2,
                    "virtual-ipv4-addresses": {
                      "virtual-ipv4-address": [
                        {
                          "ipv4-address": "192.0.2.1"
                        }
                      ]
                    },
                    "state": "ietf-vrrp:initialize",
                    "is-owner": true,
                    "master-down-interval": 600,
                    "skew-time": 3906,
                    "new-master-reason": "not-master",
                    "statistics": {
                      "discontinuity-datetime": "2023-11-14T22:13:20Z",
                      "master-transitions": 0,
                      "advertisement-rcvd": "0",
                      "advertisement-sent": "0",
                      "interval-errors": "7",
                      "priority-zero-pkts-rcvd": "0",
                      "priority-zero-pkts-sent": "0",
                      "invalid-type-pkts-rcvd": "0",
                      "address-list-errors": "8",
                      "packet-length-errors": "0"
                    }
                  }
                ]
              }
            },
            "ietf-ip:ipv6": {
              "ietf-vrrp:vrrp": {
                "vrrp-instance": [
                  {
                    "vrid": 51,
                    "version": "ietf-vrrp:vrrp-v3",
                    "preempt": {
                      "enabled": true
                    },
                    "priority": 100,
                    "advertise-interval-centi-sec": 10,
                    "virtual-ipv6-addresses": {
                      "virtual-ipv6-address": [
                        {
                          "ipv6-address": "fe80::10"
                        },
                        {
                          "ipv6-address": "2001:db8::10"
                        }
                      ]
                    },
                    "state": "ietf-vrrp:backup",
                    "is-owner": false,
                    "last-adv-source": "fe80::2",
                    "master-down-interval": 74,
                    "skew-time": 145312,
                    "statistics": {
                      "discontinuity-datetime": "2023-11-14T22:13:20Z",
                      "master-transitions": 1,
                      "advertisement-rcvd": "12",
                      "advertisement-sent": "11",
                      "priority-zero-pkts-rcvd": "16",
                      "priority-zero-pkts-sent": "15",
                      "invalid-type-pkts-rcvd": "0",
                      "address-list-errors": "21",
                      "packet-length-errors": "0"
                    }
                  }
                ]
              }
            }
          }
        ]
      },
      "ietf-vrrp:vrrp": {
        "virtual-routers": 3,
        "interfaces": 1,
        "statistics": {
          "discontinuity-datetime": "2023-11-14T22:13:20Z",
          "checksum-errors": "2",
          "version-errors": "0",
          "vrid-errors": "4",
          "ip-ttl-errors": "4"
        }
      }
    }
    "#);
}

#[test]
fn nothing_configured_is_valid_by_the_model_too() {
    assert_snapshot!(json(&yang::data(&Status::default())).unwrap(), @r#"
    {
      "ietf-interfaces:interfaces": {
        "interface": []
      },
      "ietf-vrrp:vrrp": {
        "virtual-routers": 0,
        "interfaces": 0,
        "statistics": {
          "discontinuity-datetime": "1970-01-01T00:00:00Z",
          "checksum-errors": "0",
          "version-errors": "0",
          "vrid-errors": "0",
          "ip-ttl-errors": "0"
        }
      }
    }
    "#);
}
