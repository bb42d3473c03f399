//! The five icons, as trays want them: ARGB in network byte order, made by `icons/make`.

use ksni::Icon;
use landfall_desk::TrayState;

macro_rules! icons {
    ($name:literal) => {
        [
            (16, include_bytes!(concat!("../../../../icons/tray/", $name, "-16.argb")).as_slice()),
            (22, include_bytes!(concat!("../../../../icons/tray/", $name, "-22.argb")).as_slice()),
            (32, include_bytes!(concat!("../../../../icons/tray/", $name, "-32.argb")).as_slice()),
            (48, include_bytes!(concat!("../../../../icons/tray/", $name, "-48.argb")).as_slice()),
        ]
    };
}

/// A state's icon in all sizes that panels use.
pub(super) fn of(state: TrayState) -> Vec<Icon> {
    let sizes = match state {
        TrayState::Idle => icons!("idle"),
        TrayState::Active => icons!("active"),
        TrayState::Paused => icons!("paused"),
        TrayState::Offline => icons!("offline"),
        TrayState::Attention => icons!("attention"),
    };
    sizes.into_iter().map(|(side, data)| Icon { width: side, height: side, data: data.to_vec() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_icon_is_a_whole_picture_of_its_own() {
        let states =
            [TrayState::Idle, TrayState::Active, TrayState::Paused, TrayState::Offline, TrayState::Attention].map(of);
        for icon in states.iter().flatten() {
            let pixels = usize::try_from(icon.width * icon.height).unwrap();
            assert_eq!(icon.data.len(), 4 * pixels, "of {} pixels a side", icon.width);
            let seen = icon.data.chunks_exact(4).filter(|pixel| pixel[0] == 255).count();
            assert!(seen * 3 > pixels, "most of it is seen on any panel: {seen} of {pixels}");
        }
        for (number, icons) in states.iter().enumerate() {
            for other in &states[..number] {
                assert!(icons.iter().zip(other).all(|(one, two)| one.data != two.data), "told apart in every size");
            }
        }
    }
}
