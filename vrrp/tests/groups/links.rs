//! What the kernel tells of links.

use super::story::check;

#[test]
fn a_link_that_is_lost_fails_its_member_at_once() {
    check(
        "2 members",
        "1.0 eth0 has no carrier
         2.0 eth1 does not exist
         3.0 eth1 up
         4.0 eth0 up
         9.0 end",
        "1.000 eth0 failed (eth0 has no carrier)
         1.000 group degraded (1 of its 2 members can be used: eth0 has no carrier)
         1.000 use eth1
         2.000 eth1 failed (eth1 does not exist)
         2.000 group failed (none of its 2 members can be used: eth0 has no carrier)
         2.000 use none
         3.000 eth1 ok (eth1 is up)
         3.000 group degraded (1 of its 2 members can be used: eth0 has no carrier)
         3.000 use eth1
         4.000 eth0 ok (eth0 is up)
         4.000 group ok (all of its 2 members can be used)
         4.000 use eth0",
    );
}

#[test]
fn a_group_of_one_has_its_members_reason() {
    check(
        "",
        "1.0 eth0 has no carrier
         2.0 eth0 up
         9.0 end",
        "1.000 eth0 failed (eth0 has no carrier)
         1.000 group failed (eth0 has no carrier)
         1.000 use none
         2.000 eth0 ok (eth0 is up)
         2.000 group ok (its member can be used)
         2.000 use eth0",
    );
}

#[test]
fn a_link_that_comes_up_too_often_has_to_be_steady() {
    check(
        "2 members",
        "1.0  eth0 has no carrier
         2.0  eth0 up
         3.0  eth0 has no carrier
         4.0  eth0 up
         5.0  eth0 has no carrier
         6.0  eth0 up
         7.0  eth0 has no carrier
         8.0  eth0 up
         70.0 end",
        "1.000 eth0 failed (eth0 has no carrier)
         1.000 group degraded (1 of its 2 members can be used: eth0 has no carrier)
         1.000 use eth1
         2.000 eth0 ok (eth0 is up)
         2.000 group ok (all of its 2 members can be used)
         2.000 use eth0
         3.000 eth0 failed (eth0 has no carrier)
         3.000 group degraded (1 of its 2 members can be used: eth0 has no carrier)
         3.000 use eth1
         4.000 eth0 ok (eth0 is up)
         4.000 group ok (all of its 2 members can be used)
         4.000 use eth0
         5.000 eth0 failed (eth0 has no carrier)
         5.000 group degraded (1 of its 2 members can be used: eth0 has no carrier)
         5.000 use eth1
         6.000 eth0 failed (eth0 came up more than 2 times in a minute, and has to be steady for as long)
         7.000 eth0 failed (eth0 has no carrier)
         8.000 eth0 failed (eth0 came up more than 2 times in a minute, and has to be steady for as long)
         64.000 eth0 ok (eth0 is up)
         64.000 group ok (all of its 2 members can be used)
         64.000 use eth0",
    );
}

#[test]
fn an_administrator_comes_before_everything_else() {
    check(
        "2 members",
        "1.0 eth0 offline
         2.0 eth0 has no carrier
         3.0 eth0 up
         4.0 eth0 online
         9.0 end",
        "1.000 eth0 offline (an administrator took eth0 offline)
         1.000 group degraded (1 of its 2 members can be used: an administrator took eth0 offline)
         1.000 use eth1
         4.000 eth0 ok (eth0 is up)
         4.000 group ok (all of its 2 members can be used)
         4.000 use eth0",
    );
}
