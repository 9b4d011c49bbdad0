//! Packets that leave together, and packets that are left alone for a moment.

use super::*;

/// Queues an advertisement, and gives its number.
fn queue(packets: &mut Packets, link: u32, source: IpAddr, source_mac: Option<[u8; 6]>, priority: u8) -> usize {
    let destination = Family::of(source).group();
    let payload = advertisement(source, destination, priority);
    packets.queue(&Outgoing { link, source, destination, source_mac, payload: &payload, sealed: false })
}

/// More than one call takes, over both families and both ways.
#[test]
fn what_was_queued_leaves_with_a_flush_and_in_its_order_on_each_way() {
    on_segment(async |segment| {
        let (mut left, mut right) = (open(&segment.left, true), open(&segment.right, true));
        let mut expected: BTreeMap<IpAddr, Vec<u8>> = BTreeMap::new();
        for number in 0..240 {
            let (v6, second) = (number % 2 == 1, number % 3 == 0);
            let source = address(v6, if second { 11 } else { 1 });
            let mac = second.then_some(VIRTUAL_MAC);
            assert_eq!(queue(&mut left, segment.left.link, source, mac, number + 1), usize::from(number));
            expected.entry(source).or_default().push(number + 1);
        }
        assert_eq!(take(&mut right, 9), [], "nothing leaves before the flush");
        assert!(left.flush().is_empty());
        let mut heard: BTreeMap<IpAddr, Vec<u8>> = BTreeMap::new();
        for _ in 0..240 {
            let one = next(&mut right).await;
            heard.entry(one.source).or_default().push(one.result.unwrap().1);
        }
        assert_eq!(heard, expected);
        assert!(left.flush().is_empty());
        assert_eq!(take(&mut right, 9), []);
    });
}

#[test]
fn what_the_kernel_refuses_is_told_by_its_number_and_holds_up_nothing() {
    on_segment(async |segment| {
        let (mut left, mut right) = (open(&segment.left, true), open(&segment.right, true));
        let sources = [1, 77, 1, 77, 11].map(|number| address(false, number));
        let link = segment.left.link;
        let numbers = sources.map(|source| queue(&mut left, link, source, None, 100));
        assert_eq!(numbers, [0, 1, 2, 3, 4]);
        // No link has that index.
        assert_eq!(queue(&mut left, 4711, address(false, 1), None, 100), 5);
        assert_eq!(queue(&mut left, 4711, address(false, 1), Some(VIRTUAL_MAC), 100), 6);
        let mut refused = left.flush();
        refused.sort_by_key(|(number, _)| *number);
        let numbers: Vec<usize> = refused.iter().map(|(number, _)| *number).collect();
        assert_eq!(numbers, [1, 3, 5, 6], "{refused:?}");
        assert_eq!(refused[2].1.raw_os_error(), Some(libc::ENOTCONN));
        let mut heard = Vec::new();
        for _ in 0..3 {
            heard.push(next(&mut right).await.source);
        }
        heard.sort();
        assert_eq!(heard, [address(false, 1), address(false, 1), address(false, 11)]);
    });
}

#[test]
fn packets_wake_nobody_while_they_are_left_alone_and_all_are_there_after_that() {
    on_segment(async |segment| {
        let (mut left, mut right) = (open(&segment.left, true), open(&segment.right, true));
        for family in Family::ALL {
            let source = address(family == Family::V6, 1);
            right.wake(false).unwrap();
            right.wake(false).unwrap();
            // A socket that was not read to its end is looked at once more.
            assert_eq!(take(&mut right, 9), []);
            let before = tokio::time::timeout(Duration::from_millis(1), right.readable());
            assert!(before.await.is_err(), "there is nothing to read yet");
            send(&mut left, &segment.left, source, family.group(), 1).unwrap();
            let pause = tokio::time::timeout(Duration::from_millis(50), right.readable());
            assert!(pause.await.is_err(), "a packet woke who had asked for quiet");
            // Whoever looks finds it, and the next one wakes again.
            assert_eq!(take(&mut right, 9).len(), 1);
            send(&mut left, &segment.left, source, family.group(), 2).unwrap();
            right.wake(true).unwrap();
            assert_eq!(next(&mut right).await.result, Ok((51, 2)));
            send(&mut left, &segment.left, source, family.group(), 3).unwrap();
            assert_eq!(next(&mut right).await.result, Ok((51, 3)));
        }
    });
}
