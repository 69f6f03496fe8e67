use std::collections::HashMap;

/// Packages by the folder that they are installed in, for formats where a package finds another in its own folder or in
/// the nearest one around it. The folders around a package are looked up once, whatever it needs.
#[derive(Debug, Default)]
pub struct Homes<'a> {
    folders: HashMap<&'a str, HashMap<&'a str, usize>>,
}

/// Bytes of a folder's path: far above what a file system takes, and few enough to look up each part of it.
pub const LONGEST_FOLDER: usize = 1024;

impl<'a> Homes<'a> {
    /// Package number `index` is called `name` in `folder`.
    pub fn add(&mut self, folder: &'a str, name: &'a str, index: usize) {
        self.folders.entry(folder).or_default().entry(name).or_insert(index);
    }

    /// What a package in `folder` finds: the packages there, then those in each folder above, the top (an empty path) last.
    pub fn around(&self, folder: &str) -> Vec<&HashMap<&'a str, usize>> {
        let mut found = Vec::new();
        let mut at = Some(folder);
        while let Some(folder) = at {
            found.extend(self.folders.get(folder));
            at = match folder {
                "" => None,
                _ => Some(folder.rsplit_once('/').map_or("", |(above, _)| above)),
            };
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_is_found_first() {
        let mut homes = Homes::default();
        for (index, (folder, name)) in [("", "a"), ("x/y", "a"), ("x", "b")].into_iter().enumerate() {
            homes.add(folder, name, index);
        }
        let find = |folder: &str, name: &str| homes.around(folder).iter().find_map(|names| names.get(name).copied());
        assert_eq!(find("x/y/z", "a"), Some(1));
        assert_eq!(find("x/yy", "a"), Some(0));
        assert_eq!((find("x/y", "b"), find("", "b"), find("xx", "b")), (Some(2), None, None));
    }
}
