#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compare/peer_process.h"

namespace tocsin::bench::compare {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(SettingsFile, fills_in_words_and_leaves_the_rest) {
  const auto filled =
      fill_settings("port @PORT@ @PORT@, me@example.org, @ @low@ @", {{"PORT", "7"}});
  ASSERT_TRUE(filled.ok());
  EXPECT_EQ(*filled, "port 7 7, me@example.org, @ @low@ @");
}

TEST(SettingsFile, refuses_a_word_it_does_not_know) {
  const auto filled = fill_settings("port @PROT@", {{"PORT", "7"}});
  EXPECT_THAT(filled.status().ToString(), HasSubstr("@PROT@"));
}

TEST(SettingsFile, names_a_template_or_a_program_that_is_not_there) {
  const StopSignal stop;
  const PeerServer installed = {"/bin/true", "x.conf", "coreutils", "/bin/true", nullptr};
  const PeerServer absent = {"/nowhere/server", "x.conf", "a-package", "/nowhere/server", nullptr};
  EXPECT_THAT(PeerProcess::start(installed, "/nowhere", false, stop).status().ToString(),
              HasSubstr("/nowhere/x.conf"));
  const absl::Status status = PeerProcess::start(absent, "/nowhere", false, stop).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(status.ToString(), HasSubstr("apt-get install a-package"));
}

TEST(SettingsFile, every_server_has_settings_that_can_be_filled) {
  const SettingsWords words = {{"PORT", "4711"},   {"FOLDER", "/f"}, {"USER", "u"},
                               {"FILES", "20000"}, {"NCHAN", "/n"},  {"CERTIFICATE", "/c"},
                               {"KEY", "/k"},      {"BOTH", "/b"}};
  for (const PeerKind& kind : peer_kinds()) {
    std::ifstream file(std::string(TOCSIN_COMPARE_SETTINGS "/") +
                       std::string(kind.server->settings_file));
    std::ostringstream text;
    text << file.rdbuf();
    const auto filled = fill_settings(text.str(), words);
    ASSERT_TRUE(filled.ok()) << kind.name << filled.status().ToString();
    EXPECT_THAT(*filled, HasSubstr("4711")) << kind.name;
    EXPECT_THAT(*filled, HasSubstr("127.0.0.1")) << kind.name;
    EXPECT_THAT(*filled, Not(HasSubstr("@PORT@"))) << kind.name;
  }
}

}  // namespace
}  // namespace tocsin::bench::compare
