#![no_main]

#[path = "../../vrrp/tests/fuzz/targets.rs"]
mod targets;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| targets::target("saved")(bytes));
