use super::*;
use crate::frames::segment::on_segment;
use nix::libc;

const VIRTUAL_MAC: [u8; 6] = [0, 0, 0x5e, 0, 1, 51];

/// The kernel next door is the judge: it takes no announcement that is wrong in any of its checksums or fields.
#[test]
fn a_neighbour_believes_an_announcement() {
    on_segment(async |segment| {
        segment.left.enter();
        let mut announcer = Announcer::new().unwrap();
        for address in ["192.0.2.99", "fe80::99", "2001:db8::99"] {
            let right = &segment.right;
            right.run(&["neighbour", "add", address, "lladdr", "02:00:00:00:00:77", "nud", "stale", "dev", right.name]);
            let watch = right.watch(libc::RTMGRP_NEIGH);
            announcer.announce(segment.left.link, VIRTUAL_MAC, address.parse().unwrap()).unwrap();
            watch.until(|| right.run(&["neighbour", "show", address]).contains("00:00:5e:00:01:33"));
        }
    });
}

#[test]
fn announcements_leave_as_they_were_written() {
    on_segment(async |segment| {
        let capture = segment.right.capture();
        segment.left.enter();
        let mut announcer = Announcer::new().unwrap();
        let mut written = Vec::new();

        announcer.announce(segment.left.link, VIRTUAL_MAC, "192.0.2.99".parse().unwrap()).unwrap();
        arp::gratuitous(VIRTUAL_MAC, "192.0.2.99".parse().unwrap(), &mut written);
        assert_eq!(capture.next_from(VIRTUAL_MAC), written);

        announcer.announce(segment.left.link, VIRTUAL_MAC, "fe80::99".parse().unwrap()).unwrap();
        neighbor::unsolicited(VIRTUAL_MAC, "fe80::99".parse().unwrap(), &mut written);
        assert_eq!(capture.next_from(VIRTUAL_MAC), written);
    });
}

#[test]
fn a_link_that_is_down_or_gone_is_an_error_with_its_number() {
    on_segment(async |segment| {
        let left = &segment.left;
        left.enter();
        let mut announcer = Announcer::new().unwrap();
        let mut refused = || {
            let result = announcer.announce(left.link, VIRTUAL_MAC, "192.0.2.99".parse().unwrap());
            result.unwrap_err().raw_os_error()
        };
        left.run(&["link", "set", left.name, "down"]);
        assert_eq!(refused(), Some(libc::ENETDOWN));
        left.run(&["link", "delete", left.name]);
        assert_eq!(refused(), Some(libc::ENXIO));
    });
}
