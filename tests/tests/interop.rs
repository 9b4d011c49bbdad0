//! Our daemon with keepalived, with FRR and with itself on one switch: one Master at a time, whoever it is.

#[path = "interop/authenticated.rs"]
mod authenticated;
#[path = "interop/exchange.rs"]
mod exchange;
#[path = "interop/frr.rs"]
mod frr;
#[path = "interop/imported.rs"]
mod imported;
#[path = "interop/keepalived.rs"]
mod keepalived;
#[path = "interop/mixed.rs"]
mod mixed;
#[path = "interop/rival.rs"]
mod rival;
#[path = "interop/turns.rs"]
mod turns;
