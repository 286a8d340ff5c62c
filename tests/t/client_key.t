# A client key that has a passphrase: it is never asked for on the terminal, across the screen and
# until somebody types it; without sslpassword the node has a fault that says so, with it all is well.
use strict;
use warnings;

use TestServers;
use IPC::Run ();
use Term;
use Test::More;
use Watching;

my $folder = test_folder();

sub make
{
	my ($name, @key) = @_;
	my @openssl = ('openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-days', '2', '-subj', '/CN=postgres',
		'-keyout', "$folder/$name.key", '-out', "$folder/$name.crt", @key);
	my $said;
	IPC::Run::run(\@openssl, '<', \undef, '>&', \$said) or BAIL_OUT("openssl: $said");
	chmod 0600, "$folder/$name.key";
	return;
}

make('server', '-nodes');
make('client', '-passout', 'pass:open sesame');
my $server = PostgreSQL::Test::Cluster->new('a');
$server->init(allows_streaming => 1);
$server->append_conf('postgresql.conf', "listen_addresses = '127.0.0.1'\nssl = on\n"
	. "ssl_cert_file = '$folder/server.crt'\nssl_key_file = '$folder/server.key'\n");
$server->start;

# The description; a terminal's screen once status on it has ended.
sub described_with
{
	my ($more) = @_;
	return described([ "{name: a, conninfo: \"host=127.0.0.1 port=" . $server->port . ' user=postgres dbname=postgres'
		. " sslmode=require sslcert=$folder/client.crt sslkey=$folder/client.key $more\"}" ]);
}

sub screen_of
{
	my ($config) = @_;
	my $term = Term->new(width => 160, height => 40);
	$term->line(program() . " status $config; echo ended");
	ok($term->wait_for(qr/^ended$|pass ?phrase/m), 'it ends');
	return $term->screen;
}

my $without = described_with('');
my $screen = screen_of($without);
unlike($screen, qr/pass ?phrase/, 'nothing is asked on the terminal');
like($screen, qr/^ended$/m, 'it does not wait for an answer');
like(node_of(look($without), 'a')->{error} // '', qr/private key/, 'the fault says what is wrong');

my $with = described_with("sslpassword='open sesame'");
$screen = screen_of($with);
unlike($screen, qr/pass ?phrase|sesame/, 'with sslpassword neither');
ok(node_of(look($with), 'a')->{reachable}, 'it is reached');

$server->stop;
done_testing();
