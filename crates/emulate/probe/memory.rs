//! The functions that the compiler calls by itself and that a C library has elsewhere.

/// # Safety
/// As in C: both reach as far, and do not overlap.
#[unsafe(no_mangle)]
unsafe extern "C" fn memcpy(to: *mut u8, from: *const u8, count: usize) -> *mut u8 {
    for offset in 0..count {
        // SAFETY: the caller's promise.
        unsafe { *to.add(offset) = *from.add(offset) };
    }
    to
}

/// # Safety
/// As in C: it reaches as far.
#[unsafe(no_mangle)]
unsafe extern "C" fn memset(to: *mut u8, byte: i32, count: usize) -> *mut u8 {
    for offset in 0..count {
        // SAFETY: the caller's promise.
        unsafe { *to.add(offset) = byte as u8 };
    }
    to
}

/// # Safety
/// As in C: both reach as far.
#[unsafe(no_mangle)]
unsafe extern "C" fn memcmp(left: *const u8, right: *const u8, count: usize) -> i32 {
    for offset in 0..count {
        // SAFETY: the caller's promise.
        let (left, right) = unsafe { (*left.add(offset), *right.add(offset)) };
        if left != right {
            return i32::from(left) - i32::from(right);
        }
    }
    0
}

/// # Safety
/// As in C: both reach as far.
#[unsafe(no_mangle)]
unsafe extern "C" fn bcmp(left: *const u8, right: *const u8, count: usize) -> i32 {
    // SAFETY: the caller's promise.
    unsafe { memcmp(left, right, count) }
}
