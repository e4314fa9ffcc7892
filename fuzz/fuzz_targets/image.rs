//! Archives of images, whatever is in them, are read or refused.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tyrian_read::image::{Layer, content_digests, document, saved};
use tyrian_read::secrets::Key;

fuzz_target!(|bytes: &[u8]| {
    let _ = tyrian_collect::image::stream(bytes, &tyrian_collect::image::How::new(&Key([7; 32])));
    // What was kept of a layer, and damaged.
    if let Some(layer) = Layer::from_bytes(bytes) {
        let _ = layer.to_bytes(&Key([7; 32]));
    }
    let _ = tyrian_read::bolt::images(bytes);
    let _ = (saved(bytes), document(bytes), content_digests(bytes));
});
