//! Words of the system, for a person.

/// What the system says, without its number.
pub fn of_io(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn number_of_the_system_is_left_out() {
        let missing = std::io::Error::from_raw_os_error(2);
        assert!(missing.to_string().contains("os error"), "it is there to be left out: {missing}");
        assert!(!of_io(&missing).contains("os error"), "{}", of_io(&missing));
    }
}
