// Sealed values: what opens them, what does not, and where their key stands.
#include "base/bytes.hpp"
#include "base/sealing_key.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include <gtest/gtest.h>
#include <sys/stat.h>

namespace cistern {
namespace {

constexpr std::string_view kPlain = "one-time password 0123456789abcdef";

std::string text_of(const Secret& secret) {
  return secret.use([](std::string_view text) { return std::string{text}; });
}

SealingKey key_of(const std::string& text) {
  return SealingKey::from_text(Secret{text}, "test").value();
}

class Sealed : public testing::Test {
 protected:
  void SetUp() override {
    std::string folder = testing::TempDir() + "cistern-sealed-XXXXXX";
    ASSERT_NE(mkdtemp(folder.data()), nullptr);
    folder_ = folder;
    store_ = folder_ + "/store";
    std::filesystem::create_directory(store_);
    ::unsetenv("CREDENTIALS_DIRECTORY");
  }
  void TearDown() override {
    ::unsetenv("CREDENTIALS_DIRECTORY");
    std::filesystem::remove_all(folder_);
  }
  [[nodiscard]] std::string key_file() const { return store_ + "-keys/sealing.key"; }

  std::string folder_;
  std::string store_;
};

TEST_F(Sealed, OpensUnderItsNameAndNoOther) {
  const SealingKey key = key_of(std::string(64, 'a'));
  const auto sealed = key.seal("event_stream/1474/password", Secret{std::string{kPlain}}).value();
  EXPECT_TRUE(is_sealed(sealed));
  EXPECT_EQ(sealed.find(kPlain), std::string::npos);
  EXPECT_EQ(text_of(key.unseal("event_stream/1474/password", sealed).value()), kPlain);
  const auto moved = key.unseal("event_stream/1475/password", sealed);
  ASSERT_FALSE(moved);
  EXPECT_EQ(moved.error().code, "sealed/damaged");
}

TEST_F(Sealed, EveryAlteredByteIsNoticed) {
  const SealingKey key = key_of(std::string(64, 'a'));
  const auto sealed = key.seal("n", Secret{std::string{kPlain}}).value();
  const std::size_t begin = kSealedPrefix.size() + key.id().size() + 1;
  auto bytes = base64url_decode(std::string_view{sealed}.substr(begin)).value();
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<char>(bytes[i] ^ 1);
    EXPECT_FALSE(key.unseal("n", sealed.substr(0, begin) + base64url_encode(bytes))) << i;
    bytes[i] = static_cast<char>(bytes[i] ^ 1);
  }
  for (std::size_t size = 0; size < sealed.size(); ++size)
    EXPECT_FALSE(key.unseal("n", std::string_view{sealed}.substr(0, size))) << size;
}

TEST_F(Sealed, TheSameSecretIsNeverSealedTheSameWayTwice) {
  const SealingKey key = key_of(std::string(64, 'a'));
  EXPECT_NE(key.seal("n", Secret{"x"}).value(), key.seal("n", Secret{"x"}).value());
}

TEST_F(Sealed, TheEmptySecretAndLargeOnesComeBack) {
  const SealingKey key = key_of(std::string(64, 'a'));
  EXPECT_EQ(text_of(key.unseal("n", key.seal("n", Secret{}).value()).value()), "");
  const std::string large(1U << 20, 'z');
  EXPECT_EQ(text_of(key.unseal("n", key.seal("n", Secret{large}).value()).value()), large);
  EXPECT_FALSE(key.seal("n", Secret{large + "z"}));
}

TEST_F(Sealed, AKeyThatIsTooShortIsRefused) {
  const auto key = SealingKey::from_text(Secret{"  short\n"}, "/some/key");
  ASSERT_FALSE(key);
  EXPECT_EQ(key.error().code, "sealed/key-unusable");
  EXPECT_NE(key.error().cause.find("/some/key"), std::string::npos);
}

TEST_F(Sealed, TheKeyIsMadeOnceOutsideTheStoreForItsOwnerOnly) {
  const auto sealed = make_store_sealer(store_)->seal("n", Secret{std::string{kPlain}}).value();
  struct stat found {};
  ASSERT_EQ(::stat(key_file().c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777U, 0600U);
  ASSERT_EQ(::stat((store_ + "-keys").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777U, 0700U);
  EXPECT_TRUE(std::filesystem::is_empty(store_)) << "a copy of the store must open nothing";
  EXPECT_EQ(text_of(make_store_sealer(store_)->unseal("n", sealed).value()), kPlain);
}

TEST_F(Sealed, WhoeverBeginsAtTheSameTimeAgreesOnOneKey) {
  std::vector<std::string> ids(8);
  std::vector<std::thread> threads;
  for (std::string& id : ids) {
    threads.emplace_back(
        [&] { id = read_sealing_keys(sealing_key_places(store_), store_).value().front().id(); });
  }
  for (auto& thread : threads)
    thread.join();
  for (const std::string& id : ids)
    EXPECT_EQ(id, ids.front());
}

TEST_F(Sealed, AKeyThatOthersMayReadIsRefused) {
  ASSERT_TRUE(make_store_sealer(store_)->seal("n", Secret{"x"}));
  ::chmod(key_file().c_str(), 0640);
  const auto again = make_store_sealer(store_)->seal("n", Secret{"x"});
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, "sealed/key-exposed");
  EXPECT_NE(again.error().next_step.find("chmod 600"), std::string::npos);
}

TEST_F(Sealed, TheCredentialSealsAndTheFileStillOpensWhatItSealed) {
  const auto before = make_store_sealer(store_)->seal("n", Secret{"before"}).value();
  std::ofstream(folder_ + "/cistern-sealing-key") << std::string(64, 'b') << "\n";
  ::setenv("CREDENTIALS_DIRECTORY", folder_.c_str(), 1);
  const auto sealer = make_store_sealer(store_);
  const auto after = sealer->seal("n", Secret{"after"}).value();
  EXPECT_EQ(key_id_of(after), key_of(std::string(64, 'b')).id());
  EXPECT_EQ(text_of(sealer->unseal("n", before).value()), "before");
  ::unsetenv("CREDENTIALS_DIRECTORY");
  const auto lost = make_store_sealer(store_)->unseal("n", after);
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().code, "sealed/other-key");
}

TEST_F(Sealed, ASealedValueIsHiddenWhereverItStands) {
  const auto sealed = key_of(std::string(64, 'a')).seal("n", Secret{"x"}).value();
  EXPECT_EQ(hide_sealed("{\"key\":\"p\",\"value\":\"" + sealed + "\"} and " + sealed),
            "{\"key\":\"p\",\"value\":\"(sealed)\"} and (sealed)");
  EXPECT_EQ(hide_sealed("nothing here"), "nothing here");
}

}  // namespace
}  // namespace cistern
