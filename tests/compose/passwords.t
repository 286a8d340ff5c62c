# Passwords: whatever characters they have they work; a wrong one is told; none is where it should
# not be.
use strict;
use warnings;

use ComposeLab;
use JSON::PP ();
use Test::More;

my %good = (
	POSTGRES_PASSWORD => q{po'st:gr"es\\ $1 #x},
	REPLICATOR_PASSWORD => q{re'pl:ic"ator\\\\ $(id) ;},
	PGWATCH_PASSWORD => q{pg'wa:tch"\\: `id` %s},
);
my $lab = ComposeLab->new(env => {%good});
my @nodes = @ComposeLab::nodes;

# What Compose says and does with some of the variables set otherwise.
sub up_with
{
	my (%changed) = @_;
	local $lab->{env} = { %{ $lab->{env} }, %changed };
	return timed('up --wait with ' . join(', ', keys %changed),
		sub { $lab->compose('up', '-d', '--wait') });
}

subtest 'empty' => sub {
	for my $name (sort keys %good)
	{
		isnt(up_with($name => ''), 0, "$name: up fails");
		like($lab->logs($_), qr/$name: is empty/, "$name: $_ says so") for @nodes;
	}
	$lab->compose('down', '--volumes');
};

subtest 'odd characters' => sub {
	$lab->ok_compose('up --build', 'up', '--build', '-d', '--wait');
	$lab->ok_whole('primary', 'whole');
	$lab->ok_row('primary', 'first');
	for (['postgres', 'POSTGRES'], ['replicator', 'REPLICATOR'], ['pgwatch', 'PGWATCH'])
	{
		my ($user, $name) = @$_;
		is($lab->sql('replica1', 'SELECT current_user', user => $user,
				password => $good{"${name}_PASSWORD"}) // $lab->{error}, $user, "as $user");
		is($lab->sql('primary', 'SELECT 1', user => $user, password => 'wrong'), undef,
			"not as $user with another password");
		is($lab->sql('primary', "SELECT rolpassword LIKE 'SCRAM-SHA-256\$%' FROM pg_authid "
				. "WHERE rolname = '$user'"), 't', "$user: kept as a verifier");
	}
};

subtest 'nowhere else' => sub {
	for my $node (@nodes)
	{
		my $files = $lab->docker('exec', $lab->container($node), 'sh', '-c',
			'cat /node/* $PGDATA/*.conf; cat /proc/[0-9]*/cmdline');
		my $log = $lab->logs($node);
		for my $password (values %good)
		{
			ok(index($files, $password) < 0, "$node: in no configuration, no argument list");
			ok(index($log, $password) < 0, "$node: not in its log");
		}
	}
};

subtest 'wrong' => sub {
	is(up_with(REPLICATOR_PASSWORD => 'wrong'), 1, 'of replicator: up fails');
	for my $node (qw(replica1 replica2))
	{
		like($lab->logs($node), qr/primary does not take the password of replicator: REPLICATOR_PASSWORD/,
			"$node says so");
		is($lab->state_of($node), 'exited', "... and has ended");
	}
	is(up_with(REPLICATOR_PASSWORD => undef), 1, 'of replicator, left out: up fails');
	like($lab->logs('replica1'), qr/does not take the password of replicator/, 'replica1 says so');

	is(up_with(PGWATCH_PASSWORD => 'wrong'), 1, 'of pgwatch: up fails');
	like($lab->{output}, qr/unhealthy/, '... for the nodes are not healthy');
	my $health = JSON::PP::decode_json(
		$lab->docker('inspect', '-f', '{{json .State.Health}}', $lab->container('primary')));
	like($health->{Log}[-1]{Output}, qr/password authentication failed for user "pgwatch"/,
		'... and that says why');
	like($lab->logs('primary'), qr/password authentication failed for user "pgwatch"/, 'so does the log');

	is(up_with(POSTGRES_PASSWORD => 'wrong'), 0, 'of postgres: up does without');
	ok($lab->log_has('replica1', qr/POSTGRES_PASSWORD is not the one/), 'replica1 says so');

	$lab->ok_compose('right again', 'up', '-d', '--wait');
	$lab->ok_whole('primary', 'whole');
	$lab->ok_row('primary', 'second');
};

done_testing();
