//! Our table's bytes, held against those of nft 1.0.6 for the same table (`strace -e write=all nft -f FILE`).

use super::message::{Message, batch};
use super::table::{self, News, Set};
use super::*;

/// The table without its elements. What nft notes for itself, how a set's key is shown (`NFTA_SET_USERDATA`), is left out.
const TABLE: [(u8, &str); 10] = [
    (0, "010000000a00010076727270640000000800020000000000"),
    (
        3,
        "010000000a00010076727270640000000a000300696e7075740000000b00070066696c7465720000080005000000000114000480080001000000000108000200fffffed4",
    ),
    (
        9,
        "010000000a000100767272706400000009000200697076340000000008000300000000000800040000000007080005000000000408000a0000000001",
    ),
    (
        9,
        "010000000a000100767272706400000009000200697076360000000008000300000000000800040000000008080005000000001008000a0000000002",
    ),
    (
        9,
        "010000000a00010076727270640000000f0002006c696e6b5f6c6f63616c000008000300000000000800040000000508080005000000001408000a0000000003",
    ),
    (
        6,
        "010000000a00010076727270640000000a000200696e7075740000003401048024000180090001006d6574610000000014000280080002000000000f08000100000000012c00018008000100636d700020000280080001000000000108000200000000000c000380050001000a00000024000180090001006d6574610000000014000280080002000000001008000100000000012c00018008000100636d700020000280080001000000000108000200000000000c000380050001003a000000340001800c0001007061796c6f6164002400028008000100000000010800020000000002080003000000000008000400000000012c00018008000100636d700020000280080001000000000108000200000000000c0003800500010087000000300001800e000100696d6d6564696174650000001c0002800800010000000000100002800c0002800800010000000001",
    ),
    (
        6,
        "010000000a00010076727270640000000a000200696e7075740000003401048024000180090001006d6574610000000014000280080002000000000f08000100000000012c00018008000100636d700020000280080001000000000108000200000000000c000380050001000a00000024000180090001006d6574610000000014000280080002000000001008000100000000012c00018008000100636d700020000280080001000000000108000200000000000c000380050001003a000000340001800c0001007061796c6f6164002400028008000100000000010800020000000002080003000000000008000400000000012c00018008000100636d700020000280080001000000000108000200000000000c0003800500010088000000300001800e000100696d6d6564696174650000001c0002800800010000000000100002800c0002800800010000000001",
    ),
    (
        6,
        "010000000a00010076727270640000000a000200696e707574000000fc00048024000180090001006d6574610000000014000280080002000000000f08000100000000012c00018008000100636d700020000280080001000000000108000200000000000c0003800500010002000000340001800c0001007061796c6f616400240002800800010000000001080002000000000108000300000000100800040000000004300001800b0001006c6f6f6b757000002000028008000200000000010900010069707634000000000800040000000001140001800c000100636f756e7465720004000280300001800e000100696d6d6564696174650000001c0002800800010000000000100002800c0002800800010000000000",
    ),
    (
        6,
        "010000000a00010076727270640000000a000200696e707574000000fc00048024000180090001006d6574610000000014000280080002000000000f08000100000000012c00018008000100636d700020000280080001000000000108000200000000000c000380050001000a000000340001800c0001007061796c6f616400240002800800010000000001080002000000000108000300000000180800040000000010300001800b0001006c6f6f6b757000002000028008000200000000010900010069707636000000000800040000000002140001800c000100636f756e7465720004000280300001800e000100696d6d6564696174650000001c0002800800010000000000100002800c0002800800010000000000",
    ),
    (
        6,
        "010000000a00010076727270640000000a000200696e7075740000002401048024000180090001006d6574610000000014000280080002000000000f08000100000000012c00018008000100636d700020000280080001000000000108000200000000000c000380050001000a00000024000180090001006d657461000000001400028008000200000000040800010000000001340001800c0001007061796c6f616400240002800800010000000009080002000000000108000300000000180800040000000010340001800b0001006c6f6f6b757000002400028008000200000000010f0001006c696e6b5f6c6f63616c00000800040000000003140001800c000100636f756e7465720004000280300001800e000100696d6d6564696174650000001c0002800800010000000000100002800c0002800800010000000000",
    ),
];

/// An element of each set.
const ELEMENTS: [(&str, Option<u32>, &str); 3] = [
    (
        "192.0.2.10",
        None,
        "010000000a000100767272706400000009000200697076340000000008000400000000011400038010000180 0c00018008000100c000020a",
    ),
    (
        "2001:db8::10",
        None,
        "010000000a00010076727270640000000900020069707636000000000800040000000002200003801c000180180001801400010020010db8000000000000000000000010",
    ),
    (
        "fe80::10",
        Some(1),
        "010000000a00010076727270640000000f0002006c696e6b5f6c6f63616c0000080004000000000324000380200001801c0001801800010001000000fe800000000000000000000000000010",
    ),
];

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<char> = hex.chars().filter(|digit| *digit != ' ').collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(&pair.iter().collect::<String>(), 16).unwrap()).collect()
}

/// Numbers in headers are the host's; these were written on a little-endian one.
#[test]
#[cfg(target_endian = "little")]
fn the_table_is_byte_for_byte_what_nft_makes_of_it() {
    let made = table::make(&[]);
    let [table, delete] = table::unmake();
    assert_eq!(made[..2], [table, delete], "whatever was there goes first");
    assert_eq!(made.len(), 2 + TABLE.len());
    for (message, (kind, payload)) in made[2..].iter().zip(TABLE) {
        assert_eq!((message.kind, &message.payload), (kind, &bytes(payload)));
    }
    let flags: Vec<u16> = made.iter().map(|message| message.flags).collect();
    assert_eq!(flags, [0, 0, 0, 0x400, 0x400, 0x400, 0x400, 0xc00, 0xc00, 0xc00, 0xc00, 0xc00]);
}

#[test]
#[cfg(target_endian = "little")]
fn elements_are_written_and_read_as_nft_does() {
    for ((ip, link, payload), set) in ELEMENTS.into_iter().zip(Set::ALL) {
        let dropped = Dropped { link, ip: ip.parse().unwrap() };
        let added = table::add(&[dropped]);
        let [message] = added.as_slice() else { panic!("{added:?}") };
        assert_eq!((message.kind, message.flags, &message.payload), (12, 0x400, &bytes(payload)));
        assert_eq!(table::read_elements(set, &message.payload), [dropped]);
    }
    let first = Dropped { link: None, ip: "192.0.2.10".parse().unwrap() };
    let removal = "010000000a000100767272706400000009000200697076340000000014000380100001800c00018008000100c000020a";
    assert_eq!(table::remove(&[first]), [Message { kind: 14, flags: 0, payload: bytes(removal) }]);
}

#[test]
#[cfg(target_endian = "little")]
fn a_batch_asks_for_one_answer_to_all() {
    let frame = "0000000a";
    let name = "010000000a0001007672727064000000";
    let wanted = format!(
        "14000000 1000 0100 05000000 00000000 {frame} \
         28000000 000a 0100 06000000 00000000 010000000a00010076727270640000000800020000000000 \
         20000000 020a 0500 07000000 00000000 {name} \
         14000000 1100 0100 08000000 00000000 {frame}"
    );
    assert_eq!(batch(5, &table::unmake()), bytes(&wanted));
}

#[test]
fn thousands_of_elements_go_into_several_messages() {
    let many: Vec<Dropped> =
        (0..3000_u32).map(|host| Dropped { link: None, ip: std::net::Ipv4Addr::from_bits(host).into() }).collect();
    let messages = table::add(&many);
    assert_eq!(messages.len(), 3);
    assert!(messages.iter().all(|message| message.payload.len() < 1 << 16));
    let read: Vec<Dropped> = messages.iter().flat_map(|it| table::read_elements(Set::Ipv4, &it.payload)).collect();
    assert_eq!(read, many);
}

#[test]
fn news_of_others_tables_and_of_other_families_are_none() {
    let named = |family: u8, name: &str| {
        let mut payload = vec![family, 0, 0, 0];
        message::text(&mut payload, 1, name);
        payload
    };
    for kind in 0..=24 {
        let expected = if kind == 15 { News::Nothing } else { News::Changed };
        assert_eq!(table::news(message::kind(kind), &named(1, "vrrpd")), expected, "{kind}");
        assert_eq!(table::news(message::kind(kind), &named(2, "vrrpd")), News::Nothing, "{kind}");
        assert_eq!(table::news(message::kind(kind), &named(1, "vrrpd2")), News::Nothing, "{kind}");
    }
    assert_eq!(table::news(0x100, &named(1, "vrrpd")), News::Nothing, "another subsystem");
}

#[test]
fn whoever_changed_something_is_named_without_harm() {
    let mut payload = vec![0; 4];
    message::number(&mut payload, 1, 7);
    message::number(&mut payload, 2, 4321);
    message::text(&mut payload, 3, "n\x1b[2Jft");
    let News::By(who) = table::news(message::kind(15), &payload) else { panic!("nobody") };
    assert!(who.ends_with("ft (process 4321)") && !who.contains('\x1b'), "{who:?}");
}

#[test]
fn whatever_comes_is_no_panic() {
    let whole = table::add(&[Dropped { link: Some(7), ip: "fe80::1".parse().unwrap() }]).remove(0).payload;
    for end in 0..whole.len() {
        for set in Set::ALL {
            table::read_elements(set, &whole[..end]);
        }
        table::news(message::kind(12), &whole[..end]);
    }
    for at in 0..whole.len() {
        let mut changed = whole.clone();
        changed[at] = 0xff;
        table::read_elements(Set::LinkLocal, &changed);
        table::news(message::kind(15), &changed);
    }
}

#[test]
fn a_link_local_address_is_one_of_its_link() {
    let at = |ip: &str| Dropped::at(Place::ours(3, ip.parse().unwrap())).link;
    assert_eq!([at("fe80::1"), at("2001:db8::1"), at("192.0.2.1"), at("169.254.0.1")], [Some(3), None, None, None]);
}
