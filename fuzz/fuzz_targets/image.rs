//! Archives of images, whatever is in them, are read or refused.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tyrian_read::image::{content_digests, document, saved};
use tyrian_read::secrets::Key;

fuzz_target!(|bytes: &[u8]| {
    let _ = tyrian_collect::image::stream(bytes, &Key([7; 32]));
    let _ = (saved(bytes), document(bytes), content_digests(bytes));
});
