//! bbolt's files, the database of containerd, as far as it takes to look things up: buckets in buckets, keys and values.
//!
//! Only one state of the file is read, the newest whole one. Whatever stands in it, no page is read twice on one way
//! down and no answer is longer than the file.

/// What two of the first bytes of a page say.
const BRANCH: u16 = 1;
const LEAF: u16 = 2;
/// What an element that is a bucket says.
const BUCKET: u32 = 1;
/// Bytes before the elements of a page, and of each element.
const HEAD: usize = 16;
/// How deep pages may lie under each other.
const DEEPEST: usize = 24;
/// How many keys of one bucket are told.
const MOST_KEYS: usize = 100_000;

/// A database.
#[derive(Clone, Copy)]
pub struct Bolt<'b> {
    bytes: &'b [u8],
    page_size: usize,
    /// The number of the state that is read; it grows with each change.
    pub state: u64,
    root: u64,
}

/// A bucket: keys in their order.
#[derive(Clone, Copy)]
pub struct Bucket<'b> {
    of: Bolt<'b>,
    /// The page, or what a small bucket has of its own.
    root: Result<u64, &'b [u8]>,
}

/// What a key has.
#[derive(Clone, Copy)]
pub enum Item<'b> {
    /// A value.
    Value(&'b [u8]),
    /// A bucket.
    Bucket(Bucket<'b>),
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..at.checked_add(2)?)?.try_into().ok().map(u16::from_le_bytes)
}
fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at.checked_add(4)?)?.try_into().ok().map(u32::from_le_bytes)
}
fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..at.checked_add(8)?)?.try_into().ok().map(u64::from_le_bytes)
}

impl<'b> Bolt<'b> {
    /// The newest whole state of a file; nothing where it is no such database.
    pub fn open(bytes: &'b [u8]) -> Option<Bolt<'b>> {
        // The second page lies where the first one says, or where pages of this machine would.
        let first = Bolt::meta(bytes, 0);
        let size = first.map_or(4096, |first| first.page_size);
        let second = Bolt::meta(bytes, size);
        first.into_iter().chain(second).max_by_key(|state| state.state)
    }

    fn meta(bytes: &'b [u8], page: usize) -> Option<Bolt<'b>> {
        let meta = bytes.get(page.checked_add(HEAD)?..)?.get(..64)?;
        let sum = meta[..56].iter().fold(0xcbf2_9ce4_8422_2325_u64, |sum, byte| {
            (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        });
        let sound = u32_at(meta, 0)? == 0xED0C_DAED && u32_at(meta, 4)? == 2 && u64_at(meta, 56)? == sum;
        let page_size = usize::try_from(u32_at(meta, 8)?).ok()?;
        let possible = page_size.is_power_of_two() && (512..=1 << 20).contains(&page_size);
        (sound && possible).then_some(Bolt {
            bytes,
            page_size,
            state: u64_at(meta, 48)?,
            root: u64_at(meta, 16)?,
        })
    }

    /// The bucket that holds all others.
    pub fn root(self) -> Bucket<'b> {
        Bucket { of: self, root: Ok(self.root) }
    }

    fn page(self, number: u64) -> Option<&'b [u8]> {
        let start = usize::try_from(number).ok()?.checked_mul(self.page_size)?;
        let more = usize::try_from(u32_at(self.bytes, start.checked_add(12)?)?).ok()?;
        let length = more.checked_add(1)?.checked_mul(self.page_size)?;
        let rest = self.bytes.get(start..)?;
        // The file may end before the last page is full.
        Some(&rest[..length.min(rest.len())])
    }
}

impl<'b> Bucket<'b> {
    /// What a key has; nothing where it has nothing, or the file is damaged.
    pub fn get(&self, key: &str) -> Option<Item<'b>> {
        let mut page = self.first()?;
        for _ in 0..DEEPEST {
            let count = usize::from(u16_at(page, 10)?);
            match u16_at(page, 8)? {
                BRANCH => {
                    // The last child that begins at the key or before it.
                    let mut low = 0;
                    let mut high = count;
                    while low < high {
                        let middle = low.midpoint(high);
                        match branch(page, middle)?.0 <= key.as_bytes() {
                            true => low = middle + 1,
                            false => high = middle,
                        }
                    }
                    page = self.of.page(branch(page, low.saturating_sub(1))?.1)?;
                }
                LEAF => {
                    for at in 0..count {
                        let (name, item) = self.leaf(page, at)?;
                        if name == key.as_bytes() {
                            return Some(item);
                        }
                    }
                    return None;
                }
                _ => return None,
            }
        }
        None
    }

    /// The bucket of that name.
    pub fn bucket(&self, key: &str) -> Option<Bucket<'b>> {
        match self.get(key)? {
            Item::Bucket(bucket) => Some(bucket),
            Item::Value(_) => None,
        }
    }

    /// The text of that name.
    pub fn text(&self, key: &str) -> Option<&'b str> {
        match self.get(key)? {
            Item::Value(value) => std::str::from_utf8(value).ok(),
            Item::Bucket(_) => None,
        }
    }

    /// All keys that are texts, with what they have; nothing where the file is damaged, or there are too many.
    pub fn all(&self) -> Option<Vec<(&'b str, Item<'b>)>> {
        let mut out = Vec::new();
        let mut open = vec![(self.first()?, 0)];
        // Pages that lead in circles are seen by there being more of them than the file has.
        let mut left = self.of.bytes.len() / self.of.page_size + 1;
        while let Some((page, depth)) = open.pop() {
            left = left.checked_sub(1)?;
            let count = usize::from(u16_at(page, 10)?);
            match u16_at(page, 8)? {
                BRANCH if depth < DEEPEST => {
                    for at in (0..count).rev() {
                        open.push((self.of.page(branch(page, at)?.1)?, depth + 1));
                    }
                    if open.len() > left {
                        return None;
                    }
                }
                LEAF => {
                    for at in 0..count {
                        let (name, item) = self.leaf(page, at)?;
                        if let Ok(name) = std::str::from_utf8(name) {
                            out.push((name, item));
                        }
                    }
                    if out.len() > MOST_KEYS {
                        return None;
                    }
                }
                _ => return None,
            }
        }
        Some(out)
    }

    fn first(&self) -> Option<&'b [u8]> {
        match self.root {
            Ok(number) => self.of.page(number),
            Err(inline) => Some(inline),
        }
    }

    fn leaf(&self, page: &'b [u8], at: usize) -> Option<(&'b [u8], Item<'b>)> {
        let element = at.checked_mul(16)?.checked_add(HEAD)?;
        let [flags, place, key, value] = [0, 4, 8, 12].map(|offset| u32_at(page, element + offset));
        let (place, key, value) =
            (usize::try_from(place?).ok()?, usize::try_from(key?).ok()?, usize::try_from(value?).ok()?);
        let rest = page.get(element.checked_add(place)?..)?;
        let (name, rest) = rest.split_at_checked(key)?;
        let value = rest.get(..value)?;
        if flags? & BUCKET == 0 {
            return Some((name, Item::Value(value)));
        }
        let root = match u64_at(value, 0)? {
            0 => Err(value.get(HEAD..)?),
            number => Ok(number),
        };
        Some((name, Item::Bucket(Bucket { of: self.of, root })))
    }
}

fn branch(page: &[u8], at: usize) -> Option<(&[u8], u64)> {
    let element = at.checked_mul(16)?.checked_add(HEAD)?;
    let place = usize::try_from(u32_at(page, element)?).ok()?;
    let length = usize::try_from(u32_at(page, element + 4)?).ok()?;
    let start = element.checked_add(place)?;
    Some((page.get(start..start.checked_add(length)?)?, u64_at(page, element + 8)?))
}

/// An image as containerd's database names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// The namespace, `k8s.io`.
    pub namespace: String,
    /// The name, `docker.io/library/nginx:1.27`.
    pub name: String,
    /// The digest of its index or manifest.
    pub digest: String,
}

/// The images of containerd's database; nothing where it is none, or damaged.
pub fn images(bytes: &[u8]) -> Option<Vec<Stored>> {
    let root = Bolt::open(bytes)?.root();
    let mut out = Vec::new();
    let Some(version) = root.bucket("v1") else {
        // One that nobody has used is empty.
        return root.all().map(|_| out);
    };
    for (namespace, item) in version.all()? {
        let Item::Bucket(within) = item else { continue };
        let Some(images) = within.bucket("images") else { continue };
        for (name, item) in images.all()? {
            let Item::Bucket(image) = item else { continue };
            if let Some(digest) = image.bucket("target").and_then(|target| target.text("digest")) {
                out.push(Stored {
                    namespace: namespace.to_owned(),
                    name: name.to_owned(),
                    digest: digest.to_owned(),
                });
            }
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A leaf page of keys and values; of a bucket the value is what stands for it.
    fn leaf(items: &[(&str, Vec<u8>, bool)]) -> Vec<u8> {
        let mut page = vec![0; HEAD + 16 * items.len()];
        page[8..10].copy_from_slice(&LEAF.to_le_bytes());
        page[10..12].copy_from_slice(&(items.len() as u16).to_le_bytes());
        for (at, (key, value, is_bucket)) in items.iter().enumerate() {
            let element = HEAD + 16 * at;
            let place = page.len() - element;
            for (offset, number) in
                [u32::from(*is_bucket), place as u32, key.len() as u32, value.len() as u32]
                    .into_iter()
                    .enumerate()
            {
                page[element + 4 * offset..element + 4 * offset + 4].copy_from_slice(&number.to_le_bytes());
            }
            page.extend(key.as_bytes());
            page.extend(value);
        }
        page
    }
    fn inline(items: &[(&str, Vec<u8>, bool)]) -> Vec<u8> {
        [vec![0; 16], leaf(items)].concat()
    }
    fn branch_page(children: &[(&str, u64)]) -> Vec<u8> {
        let mut page = vec![0; HEAD + 16 * children.len()];
        page[8..10].copy_from_slice(&BRANCH.to_le_bytes());
        page[10..12].copy_from_slice(&(children.len() as u16).to_le_bytes());
        for (at, (key, child)) in children.iter().enumerate() {
            let element = HEAD + 16 * at;
            let place = (page.len() - element) as u32;
            page[element..element + 4].copy_from_slice(&place.to_le_bytes());
            page[element + 4..element + 8].copy_from_slice(&(key.len() as u32).to_le_bytes());
            page[element + 8..element + 16].copy_from_slice(&child.to_le_bytes());
            page.extend(key.as_bytes());
        }
        page
    }
    fn meta(state: u64, root: u64) -> Vec<u8> {
        let mut page = vec![0; 4096];
        page[16..20].copy_from_slice(&0xED0C_DAED_u32.to_le_bytes());
        page[20..24].copy_from_slice(&2_u32.to_le_bytes());
        page[24..28].copy_from_slice(&4096_u32.to_le_bytes());
        page[32..40].copy_from_slice(&root.to_le_bytes());
        page[64..72].copy_from_slice(&state.to_le_bytes());
        let sum = page[16..72].iter().fold(0xcbf2_9ce4_8422_2325_u64, |sum, byte| {
            (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        });
        page[72..80].copy_from_slice(&sum.to_le_bytes());
        page
    }
    fn file(pages: &[Vec<u8>]) -> Vec<u8> {
        let mut out = Vec::new();
        for page in pages {
            out.extend(page);
            out.resize(out.len().div_ceil(4096) * 4096, 0);
        }
        out
    }
    fn store() -> Vec<u8> {
        let image = |digest: &str| {
            inline(&[("target", inline(&[("digest", digest.as_bytes().to_vec(), false)]), true)])
        };
        let images = inline(&[("a:1", image("sha256:aa"), true), ("b:1", image("sha256:bb"), true)]);
        let pointer = |page: u64| [page.to_le_bytes(), [0; 8]].concat();
        file(&[
            meta(6, 9),
            meta(7, 2),
            leaf(&[("v1", pointer(3), true), ("version", vec![1], false)]),
            branch_page(&[("default", 4), ("k8s.io", 5)]),
            leaf(&[("default", inline(&[("images", images, true)]), true)]),
            leaf(&[(
                "k8s.io",
                inline(&[("images", inline(&[("c:1", image("sha256:cc"), true)]), true)]),
                true,
            )]),
        ])
    }

    #[test]
    fn images_are_found_through_branches_and_in_small_buckets() {
        let bytes = store();
        let found = images(&bytes).unwrap();
        let told: Vec<String> =
            found.iter().map(|one| format!("{} {} {}", one.namespace, one.name, one.digest)).collect();
        assert_eq!(told, ["default a:1 sha256:aa", "default b:1 sha256:bb", "k8s.io c:1 sha256:cc"]);
        let version = Bolt::open(&bytes).unwrap().root().bucket("v1").unwrap();
        assert!(
            version.bucket("k8s.io").is_some() && version.get("j").is_none() && version.get("z").is_none()
        );
        assert_eq!(images(&file(&[meta(1, 2), meta(0, 2), leaf(&[])])), Some(Vec::new()));
    }

    #[test]
    fn damage_and_circles_are_refused() {
        let bytes = store();
        for at in 0..bytes.len() {
            // Zeros are many, and change nothing new.
            if bytes[at] != 0 || at % 97 == 0 {
                let mut wrong = bytes.clone();
                wrong[at] ^= 0xff;
                let _ = images(&wrong);
            }
        }
        for cut in (0..bytes.len()).step_by(61) {
            let _ = images(&bytes[..cut]);
        }
        let circle = file(&[meta(1, 2), meta(2, 2), branch_page(&[("a", 2), ("v1", 2)])]);
        assert_eq!(images(&circle), None);
        assert_eq!((images(b""), images(&[0; 10_000])), (None, None));
    }
}
