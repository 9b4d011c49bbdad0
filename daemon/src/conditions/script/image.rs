//! What a process is made into: a program with its arguments and its environment.

use std::ffi::{CString, NulError, c_char};
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::ptr;

use nix::libc;
use vrrp::config::Script;

use super::account::Account;

/// Where programs are searched by those that are run, as systemd tells its services.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// What execve(2) takes, all of it made before the fork, after which no memory can be had.
///
/// The standard library's own way, execvp(3), hands a file that the kernel does not take for a program to a shell.
#[derive(Debug)]
pub(super) struct Image {
    program: CString,
    /// What the pointers lead to.
    _strings: [Vec<CString>; 2],
    arguments: Vec<*const c_char>,
    environment: Vec<*const c_char>,
}

// SAFETY: the pointers lead to memory that the image itself owns and that nobody changes; null ends each list.
unsafe impl Send for Image {}
// SAFETY: as above; what is shared is only read.
unsafe impl Sync for Image {}

impl Image {
    /// Makes the image of a script that a user runs, with nothing of the daemon's environment.
    ///
    /// # Errors
    /// Something has a NUL in it.
    pub(super) fn new(script: &Script, account: &Account) -> Result<Self, NulError> {
        let program = CString::new(script.program.as_os_str().as_bytes())?;
        let mut arguments = vec![program.clone()];
        for argument in &script.arguments {
            arguments.push(CString::new(argument.as_str())?);
        }
        let home = [b"HOME=", account.home.as_os_str().as_bytes()].concat();
        let environment = vec![
            CString::new(format!("PATH={PATH}"))?,
            CString::new("LANG=C.UTF-8")?,
            CString::new(home)?,
            CString::new(format!("USER={}", account.name))?,
            CString::new(format!("LOGNAME={}", account.name))?,
        ];
        let pointers = |strings: &[CString]| {
            let strings = strings.iter().map(|string| string.as_ptr());
            strings.chain([ptr::null()]).collect::<Vec<*const c_char>>()
        };
        Ok(Self {
            arguments: pointers(&arguments),
            environment: pointers(&environment),
            program,
            _strings: [arguments, environment],
        })
    }

    /// Makes this process into it. Returns why it cannot.
    pub(super) fn execute(&self) -> io::Error {
        // SAFETY: the strings and the lists end with NUL and null, and they live as long as the call.
        unsafe { libc::execve(self.program.as_ptr(), self.arguments.as_ptr(), self.environment.as_ptr()) };
        io::Error::last_os_error()
    }
}
