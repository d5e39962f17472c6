// The words that the events of the lab's customers are made of, as they stand inside JSON strings
// of a Go encoder: `&`, `<` and `>` are escaped.
#pragma once

#include "lab/harness/random.hpp"

#include <array>
#include <string_view>

namespace cistern::lab {

template <std::size_t Size>
std::string_view one_of(const std::array<std::string_view, Size>& words, Dice& dice) {
  return words[dice.below(Size)];
}

inline constexpr auto kUserNames = std::to_array<std::string_view>(
    {"ana",    "bruno", "chloe", "deniz", "emil",     "farah", "goran", "hana",
     "ines",   "jakub", "katya", "luis",  "mei",      "nadia", "omar",  "paula",
     "rasmus", "sofia", "tariq", "ulla",  "valentin", "wanda", "yusuf", "zoë.müller"});

inline constexpr auto kNetworks =
    std::to_array<std::string_view>({"203.0.113.", "198.51.100.", "192.0.2."});

inline constexpr auto kDomains = std::to_array<std::string_view>(
    {"updates.example.com", "cdn.example.net", "mail.contoso.com", "xn--mller-kva.example",
     "a-very-long-label-that-a-generator-of-domain-names-made.example.org",
     "intranet.contoso.com"});

inline constexpr auto kFileNames = std::to_array<std::string_view>(
    {"powershell.exe", "cmd.exe", "rundll32.exe", "tool (1).exe", "Rechnung Müller.docm",
     "a\\u0026b.dll", "日本語.exe", "setup.msi", "launchd", "python3.11"});

inline constexpr auto kFolders = std::to_array<std::string_view>(
    {"\\\\Device\\\\HarddiskVolume4\\\\Users\\\\ana\\\\Downloads\\\\",
     "\\\\Device\\\\HarddiskVolume2\\\\Windows\\\\System32\\\\",
     "C:\\\\Program Files (x86)\\\\Contoso\\\\", "/usr/local/bin/",
     "/Applications/Contoso.app/Contents/MacOS/", "\\\\\\\\fileserver\\\\share$\\\\Übersicht\\\\"});

inline constexpr auto kCommands = std::to_array<std::string_view>(
    {"\\\"C:\\\\Windows\\\\System32\\\\cmd.exe\\\" /c whoami \\u0026\\u0026 ipconfig /all",
     "powershell.exe -NoProfile -Command \\\"Get-Item 'a' | Out-File b.txt\\\"",
     "tool.exe --key=value --list=a,b;c --quiet", "/bin/sh -c 'cat \\u003c in.txt \\u003e out.txt'",
     "rundll32.exe shell32.dll,Control_RunDLL", "python3 -c \\\"print('x=1')\\\"", "",
     "wscript.exe \\\"C:\\\\Temp\\\\line\\tbreak.vbs\\\""});

inline constexpr auto kSentences = std::to_array<std::string_view>(
    {"A process matched a custom rule.",
     "A file written to the file system meets the machine learning "
     "threshold for malware.",
     "The user signed in from an unusual place.",
     "A command line \\u003credacted\\u003e was blocked by policy.",
     "Ein Prozess verhält sich ungewöhnlich.",
     "A service account was used interactively \\u0026 outside its hours.",
     "Data left through a browser upload.", "The configuration no longer meets the benchmark."});

// What breaks readers of key=value lines and of headers split at bars.
inline constexpr auto kTricky = std::to_array<std::string_view>(
    {"", "a|b|c", "key=value", "back\\\\slash\\\\", "line one\\r\\nline two", "tab\\tand\\ttab",
     "\\u0000nul", "\\u2028separator", "quote \\\" and 'apostrophe'", "ends with =", "|",
     "\\ud83d\\ude00 pair", "[x] {y} %z"});

inline constexpr auto kBrowsers = std::to_array<std::string_view>(
    {"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
     "Chrome/133.0.0.0 "
     "Safari/537.36",
     "python-requests/2.32.3", "curl/8.5.0", "Contoso-Automation/1.4 (+https://contoso.com)"});

inline constexpr auto kCountries =
    std::to_array<std::string_view>({"DE", "FR", "US", "BR", "JP", "IN", "SE"});

}  // namespace cistern::lab
