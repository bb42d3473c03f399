//! The scripts: what must happen together where several processes write.

use redis::Script;

macro_rules! scripts {
    ($($name:ident),*) => {
        /// All scripts, read once.
        pub(super) struct Scripts {
            $(pub(super) $name: Script,)*
        }

        impl Scripts {
            pub(super) fn new() -> Self {
                let common = include_str!("scripts/common.lua");
                Self {
                    $($name: Script::new(&format!("{common}{}", include_str!(concat!("scripts/", stringify!($name), ".lua")))),)*
                }
            }
        }
    };
}

scripts!(submit, take, progress, finish, mend, cancel, delete, retry, drop, find, tell);

impl std::fmt::Debug for Scripts {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Scripts").finish_non_exhaustive()
    }
}
