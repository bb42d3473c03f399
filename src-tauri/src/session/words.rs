//! The few words that the app says outside of its page.

/// The words of one language.
#[derive(Debug, PartialEq, Eq)]
pub struct Words {
    /// Menu: the main window.
    pub open: &'static str,
    /// Menu: the form.
    pub new_export: &'static str,
    /// Menu: the compact window.
    pub compact: &'static str,
    /// Menu.
    pub pause_all: &'static str,
    /// Menu.
    pub resume_all: &'static str,
    /// Menu: where exports land.
    pub open_folder: &'static str,
    /// Menu.
    pub quit: &'static str,
    /// Menu: how many go on at the next start.
    running: [&'static str; 2],
    /// Tooltip.
    pub idle: &'static str,
    /// Tooltip: how many are on their way.
    active: [&'static str; 2],
    /// Tooltip.
    pub paused: &'static str,
    /// Tooltip.
    pub offline: &'static str,
    /// Tooltip.
    pub attention: &'static str,
    /// Notification: the system's program.
    pub open_file: &'static str,
    /// Notification.
    pub show_in_folder: &'static str,
    /// Notification.
    pub retry: &'static str,
    /// Notification: the job in the main window.
    pub details: &'static str,
    /// Notification.
    pub sign_in: &'static str,
    /// Where closing cannot go to the tray, and what was done instead.
    pub minimised: [&'static str; 2],
    /// Why the machine is kept from sleeping.
    pub arriving: &'static str,
    /// Asks for a folder.
    pub choose_folder: &'static str,
    /// Asks for a table or a connector file.
    pub choose_text: &'static str,
    /// Asks for the file of a certificate.
    pub choose_certificate: &'static str,
}

impl Words {
    /// The words of the language of that tag (RFC 5646), English where it is none of ours.
    pub fn of(tag: &str) -> &'static Self {
        match tag.split('-').next().unwrap_or_default() {
            "de" => &DE,
            "zh" => &ZH,
            _ => &EN,
        }
    }

    /// How many are on their way.
    pub fn active(&self, count: usize) -> String {
        counted(self.active, count)
    }

    /// What quitting leaves for the next start.
    pub fn quit_with(&self, count: usize) -> String {
        if count == 0 { self.quit.to_owned() } else { format!("{} ({})", self.quit, counted(self.running, count)) }
    }
}

fn counted([one, many]: [&str; 2], count: usize) -> String {
    if count == 1 { one.to_owned() } else { many.replace('#', &count.to_string()) }
}

const EN: Words = Words {
    open: "Open Landfall",
    new_export: "New export…",
    compact: "Small window",
    pause_all: "Pause all",
    resume_all: "Resume all",
    open_folder: "Open folder",
    quit: "Quit",
    running: ["1 still running", "# still running"],
    idle: "Nothing on its way",
    active: ["1 export on its way", "# exports on their way"],
    paused: "Everything is paused",
    offline: "No server can be reached",
    attention: "Something waits for you",
    open_file: "Open",
    show_in_folder: "Show in folder",
    retry: "Retry",
    details: "Details",
    sign_in: "Sign in",
    minimised: [
        "Landfall goes on",
        "This desktop has no tray, so the window was minimised instead of closed. That closing ends Landfall can be chosen in Settings",
    ],
    arriving: "Exports are arriving",
    choose_folder: "Where exports are to land",
    choose_text: "A table of exports or a connector file",
    choose_certificate: "A certificate in a PEM file",
};

const DE: Words = Words {
    open: "Landfall öffnen",
    new_export: "Neuer Export …",
    compact: "Kleines Fenster",
    pause_all: "Alle anhalten",
    resume_all: "Alle fortsetzen",
    open_folder: "Ordner öffnen",
    quit: "Beenden",
    running: ["1 läuft noch", "# laufen noch"],
    idle: "Nichts unterwegs",
    active: ["1 Export unterwegs", "# Exporte unterwegs"],
    paused: "Alles ist angehalten",
    offline: "Kein Server ist erreichbar",
    attention: "Etwas wartet auf Sie",
    open_file: "Öffnen",
    show_in_folder: "Im Ordner zeigen",
    retry: "Noch einmal versuchen",
    details: "Einzelheiten",
    sign_in: "Anmelden",
    minimised: [
        "Landfall läuft weiter",
        "Diese Oberfläche hat keinen Infobereich, darum wurde das Fenster verkleinert statt geschlossen. Dass Schließen Landfall beendet, lässt sich in den Einstellungen wählen",
    ],
    arriving: "Exporte treffen ein",
    choose_folder: "Wohin Exporte kommen",
    choose_text: "Eine Tabelle von Exporten oder eine Konnektordatei",
    choose_certificate: "Ein Zertifikat in einer PEM-Datei",
};

const ZH: Words = Words {
    open: "打开 Landfall",
    new_export: "新建导出…",
    compact: "小窗口",
    pause_all: "全部暂停",
    resume_all: "全部继续",
    open_folder: "打开文件夹",
    quit: "退出",
    running: ["1 个仍在进行", "# 个仍在进行"],
    idle: "没有进行中的导出",
    active: ["1 个导出进行中", "# 个导出进行中"],
    paused: "已全部暂停",
    offline: "无法连接任何服务器",
    attention: "有事项等待您处理",
    open_file: "打开",
    show_in_folder: "在文件夹中显示",
    retry: "重试",
    details: "详情",
    sign_in: "登录",
    minimised: ["Landfall 继续运行", "此桌面没有系统托盘，窗口已最小化而未关闭；可在设置中选择关闭时退出"],
    arriving: "正在接收导出文件",
    choose_folder: "选择导出文件的保存位置",
    choose_text: "选择导出表格或连接器文件",
    choose_certificate: "PEM 格式的证书文件",
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn language_is_chosen_by_the_first_part_of_the_tag() {
        for (tag, expected) in [("de-AT", &DE), ("zh-Hans-CN", &ZH), ("en-GB", &EN), ("fr", &EN), ("", &EN)] {
            assert_eq!(Words::of(tag), expected, "of {tag:?}");
        }
    }

    #[test]
    fn one_and_many_are_told_apart() {
        assert_eq!(EN.quit_with(0), "Quit", "nothing is left behind");
        assert_eq!(EN.quit_with(1), "Quit (1 still running)");
        assert_eq!(DE.quit_with(12), "Beenden (12 laufen noch)");
        assert_eq!(EN.active(1), "1 export on its way");
    }
}
