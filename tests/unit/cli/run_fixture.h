// `tocsin` run in process against a real installation, with a profile that has its admin key.
#pragma once

#include <fmt/format.h>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "cli/api_client.h"
#include "cli/exit_code.h"
#include "cli/run.h"

#include "tests/support/installation.h"

namespace tocsin::cli {

class RunTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"TOCSIN_PROFILE", "TOCSIN_SERVER", "TOCSIN_CA", "TOCSIN_KEY"}) {
      unsetenv(name);
    }
    profile_ = at_.folder() + "/cli.toml";
    std::ofstream(at_.folder() + "/ca.pem") << at_.ca_pem();
    write_profile(fmt::format("server = \"{}\"\nca = \"ca.pem\"\nadmin_key = \"{}\"\n",
                              at_.server(), test::admin_key));
  }

  void write_profile(const std::string& text) { std::ofstream(profile_) << text; }

  int run(std::vector<std::string> words, bool terminal = false) {
    std::ostringstream out;
    std::ostringstream err;
    std::istringstream in(in_);
    words.insert(words.end(), {"--profile", profile_});
    const int code = cli::run(words, {out, err, terminal, in});
    out_ = out.str();
    err_ = err.str();
    return code;
  }

  // The answer of a command with --json.
  template <typename Message>
  Message run_json(std::vector<std::string> words) {
    words.push_back("--json");
    EXPECT_EQ(run(words), ExitCode::ok) << out_ << err_;
    Message message;
    EXPECT_TRUE(parse_answer(out_, message)) << out_;
    return message;
  }

  void create_app() { ASSERT_EQ(run({"app", "create", "demo"}), ExitCode::ok) << err_; }

  test::Installation at_;
  std::string profile_;
  std::string in_;
  std::string out_;
  std::string err_;
};

}  // namespace tocsin::cli
