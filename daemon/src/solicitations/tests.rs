//! A question that comes over a link.

use std::time::Duration;

use super::*;
use crate::frames::Frames;
use crate::frames::segment::on_segment;

#[test]
fn a_host_that_asks_is_heard_on_its_link_alone() {
    on_segment(async |segment| {
        segment.left.enter();
        let mut solicitations = Solicitations::default();
        solicitations.follow(BTreeSet::from([segment.left.link])).unwrap();
        segment.right.enter();
        let group = router::ALL_ROUTERS.octets();
        // From nobody yet, as the kernel asks whose address is still tentative. The checksum was reckoned by hand.
        let question = [
            &[0x33, 0x33, 0, 0, 0, 2, 2, 0, 0, 0, 0, 0x77, 0x86, 0xdd, 0x60, 0, 0, 0, 0, 8, 58, 255][..],
            &[0; 16],
            &group,
            &[133, 0, 0x7b, 0xb8, 0, 0, 0, 0],
        ];
        Frames::new().unwrap().send(segment.right.link, &question.concat()).unwrap();
        segment.left.enter();
        let mut asked = BTreeSet::new();
        while asked.is_empty() {
            tokio::time::timeout(Duration::from_secs(10), solicitations.readable()).await.unwrap().unwrap();
            solicitations.receive(8, &mut asked);
        }
        assert_eq!(asked, BTreeSet::from([segment.left.link]));

        solicitations.follow(BTreeSet::new()).unwrap();
        assert!(solicitations.socket.is_none() && solicitations.joined.is_empty());
        let gone = solicitations.follow(BTreeSet::from([segment.left.link, 4_000_000])).unwrap_err();
        assert_eq!(gone.raw_os_error(), Some(Errno::ENODEV as i32));
        assert_eq!(solicitations.joined, BTreeSet::from([segment.left.link]), "the others are listened on");
    });
}
